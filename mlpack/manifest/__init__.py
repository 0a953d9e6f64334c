"""What was asked: the manifest, checked and typed."""

from mlpack.manifest.model import Manifest, Variant
from mlpack.manifest.reading import read
from mlpack.manifest.relevant import lock_relevant

__all__ = ["Manifest", "Variant", "lock_relevant", "read"]
