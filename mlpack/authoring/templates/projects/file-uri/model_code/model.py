"""Embed each row of a CSV file."""

from pathlib import Path

import mlflow.pyfunc
import numpy as np
import pandas as pd

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]


class Embedder(mlflow.pyfunc.PythonModel):
    """One row with the column input_uri in; a float32 array of shape (rows of the file, 2) out."""

    def load_context(self, context):
        with np.load(context.artifacts["weights"], allow_pickle=False) as weights:
            self.center, self.axes = weights["center"], weights["axes"]
        self.unit_length = context.model_config["unit_length"]

    def predict(self, context, model_input, params=None):
        params = params or {}
        uri = self._only_uri(model_input)
        return self._forward(self._get_input(uri, **params), **params)

    def _only_uri(self, model_input):
        uris = list(model_input["input_uri"])
        if len(uris) != 1:
            raise ValueError(f"expected exactly one row with input_uri, got {len(uris)}")
        if not Path(uris[0]).exists():
            raise FileNotFoundError(f"input_uri {uris[0]!r} does not exist")
        return uris[0]

    def _get_input(self, uri, **params):
        """Read the file: a float32 array of shape (rows, features)."""
        return pd.read_csv(uri)[FEATURES].to_numpy(dtype=np.float32)

    def _forward(self, input_obj, **params) -> np.ndarray:
        """Return the embedding of `input_obj`, made in batches."""
        size = params.get("batch_size", 32)
        starts = range(0, len(input_obj), size)
        batches = [self._embed(input_obj[start : start + size]) for start in starts]
        return np.concatenate([np.zeros((0, self.axes.shape[1]), np.float32), *batches])

    def _embed(self, rows):
        embedding = (rows - self.center) @ self.axes
        if not self.unit_length:
            return embedding
        lengths = np.linalg.norm(embedding, axis=1, keepdims=True)
        return embedding / np.where(lengths > 0, lengths, np.float32(1))
