"""Name the species of penguins."""

from pathlib import Path

import mlflow.pyfunc
import pandas as pd
import torch

from model_code.network import FEATURES, Network


class Classifier(mlflow.pyfunc.PythonModel):
    """A table of measurements in; a label and its probability for each row out."""

    def __init__(self, hidden):
        # The weights come in load_context: the instance itself stays small.
        self.hidden = hidden

    def load_context(self, context):
        self.labels = Path(context.artifacts["labels"]).read_text(encoding="utf-8").split()
        self.network = Network(len(self.labels), self.hidden)
        weights = torch.load(context.artifacts["weights"], map_location="cpu", weights_only=True)
        self.network.load_state_dict(weights)
        self.network.eval()

    @torch.inference_mode()
    def predict(self, context, model_input, params=None):
        min_probability = (params or {}).get("min_probability", 0.0)
        measurements = torch.tensor(model_input[list(FEATURES)].to_numpy(dtype="float32"))
        probability, best = torch.softmax(self.network(measurements), dim=1).max(dim=1)
        labels = pd.Series([self.labels[index] for index in best.tolist()])
        probability = probability.numpy()
        return pd.DataFrame(
            {
                "label": labels.where(probability >= min_probability, "unsure"),
                "probability": probability,
            }
        )
