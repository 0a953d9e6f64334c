"""Virtual environments: made from requirement lines, kept by digest, checked before use."""

from mlpack.environments.active import current_environment
from mlpack.environments.kept import PipEnvironments, UvEnvironments
from mlpack.environments.shelf import EnvironmentShelf

__all__ = ["EnvironmentShelf", "PipEnvironments", "UvEnvironments", "current_environment"]
