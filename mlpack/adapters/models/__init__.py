"""The user's model, run by the worker in the model's own environment."""

from mlpack.adapters.models.runner import WorkerModels

__all__ = ["WorkerModels"]
