"""Bytes kept once and digests remembered: the content-addressed store, and the digest memory."""

from mlpack.store.blobs import Store
from mlpack.store.memory import DigestMemory

__all__ = ["DigestMemory", "Store"]
