"""What was asked: the manifest, checked and typed."""

from mlpack.manifest.finding import FILE_NAME, below, find
from mlpack.manifest.model import Manifest, Variant
from mlpack.manifest.reading import read
from mlpack.manifest.relevant import lock_relevant

__all__ = ["FILE_NAME", "Manifest", "Variant", "below", "find", "lock_relevant", "read"]
