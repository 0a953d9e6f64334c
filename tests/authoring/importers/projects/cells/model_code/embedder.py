"""Embeds the rows of a small table: weights and a shift come from files, the rest from config."""

import json
from pathlib import Path

import mlflow
import numpy as np

from model_code.reading import read_counts


class Embedder(mlflow.pyfunc.PythonModel):
    def __init__(self, config):
        self.organism = config["organism"]
        self.scale = config.get("scale", 1.0)

    def load_context(self, context):
        self.weights = np.array(json.loads(Path(context.artifacts["weights"]).read_text()))
        folder = Path(context.artifacts["vocabulary"])
        self.genes = json.loads((folder / "genes.json").read_text())
        self.unit = context.model_config.get("unit", "none")

    def predict(self, context, model_input, params=None):
        rounds = (params or {}).get("rounds", 1)
        rows = [read_counts(text, self.genes) for text in model_input["counts"]]
        shift = len(self.organism) / 10
        return (np.array(rows) @ self.weights * self.scale * rounds + shift).astype(np.float32)
