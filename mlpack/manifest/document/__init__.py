"""YAML text as plain data, with a place for every key and value and every problem at once."""

from mlpack.manifest.document.model import Document, Place, join, split
from mlpack.manifest.document.reading import parse, scan

__all__ = ["Document", "Place", "join", "parse", "scan", "split"]
