"""Virtual environments: made from requirement lines, kept by digest, checked before use."""

from mlpack.adapters.environments.installing import current_environment
from mlpack.adapters.environments.kept import EnvironmentShelf, PipEnvironments, UvEnvironments
from mlpack.adapters.environments.packages import PackageShelf, UvPackages

__all__ = [
    "EnvironmentShelf",
    "PackageShelf",
    "PipEnvironments",
    "UvEnvironments",
    "UvPackages",
    "current_environment",
]
