import json
from pathlib import Path

import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.weights = json.loads(Path(context.artifacts["weights"]).read_text())
        self.made = Path(context.artifacts["made"]).read_text()

    def predict(self, context, model_input, params=None):
        weights = [self.weights[word] for word in model_input["word"]]
        return pd.DataFrame({"weight": weights, "made": self.made})
