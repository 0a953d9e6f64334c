"""Turns what is asked into pins, with uv and with what the indexes say of each file."""

from mlpack.adapters.resolving.resolver import UvResolver
from mlpack.adapters.resolving.shared import SharingResolver
from mlpack.adapters.resolving.wheelhouse import UvWheels

__all__ = ["SharingResolver", "UvResolver", "UvWheels"]
