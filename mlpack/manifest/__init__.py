"""What was asked: the manifest, checked and typed."""

from mlpack.manifest.reading import check, read

__all__ = ["check", "read"]
