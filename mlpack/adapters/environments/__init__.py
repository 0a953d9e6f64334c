"""Virtual environments: made from requirement lines, kept by digest, checked before use."""

from mlpack.adapters.environments.installing import current_environment
from mlpack.adapters.environments.kept import EnvironmentShelf, PipEnvironments, UvEnvironments

__all__ = ["EnvironmentShelf", "PipEnvironments", "UvEnvironments", "current_environment"]
