"""Where packages are published: one module for each kind of place."""

from mlpack.adapters.publishers.mlflow import MlflowPublisher
from mlpack.adapters.publishers.places import Places

__all__ = ["MlflowPublisher", "Places"]
