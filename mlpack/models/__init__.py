"""The user's model, run by the worker in the model's own environment."""

from mlpack.models.runner import WorkerModels

__all__ = ["WorkerModels"]
