"""Name the species of penguins from a table of measurements."""

from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import torch

from model_code.network import FEATURES, PenguinNet


class PenguinClassifier(mlflow.pyfunc.PythonModel):
    """A table of penguins in; a label and its probability for each out."""

    def __init__(self, hidden=16):
        # Weights are loaded in load_context: the instance itself stays small.
        self.hidden = hidden

    def load_context(self, context):
        self.labels = Path(context.artifacts["labels"]).read_text(encoding="utf-8").split()
        self.network = PenguinNet(len(self.labels), self.hidden)
        weights = torch.load(context.artifacts["network"], map_location="cpu", weights_only=True)
        self.network.load_state_dict(weights)
        self.network.eval()
        self.temperature = context.model_config["temperature"]

    def predict(self, context, model_input, params=None):
        min_confidence = (params or {}).get("min_confidence", 0.0)
        return self._labelled(self._scores(model_input), min_confidence)

    @torch.inference_mode()
    def _scores(self, penguins):
        measurements = torch.tensor(penguins[list(FEATURES)].to_numpy(dtype="float32"))
        return self.network(measurements)

    def _labelled(self, scores, min_confidence):
        confidence, best = torch.softmax(scores / self.temperature, dim=1).max(dim=1)
        labels = [
            self.labels[index] if sure else "unknown"
            for index, sure in zip(best.tolist(), confidence >= min_confidence, strict=True)
        ]
        return pd.DataFrame({"label": labels, "confidence": confidence.numpy()})
