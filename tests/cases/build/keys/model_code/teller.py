import os
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
from mlflow.models import Model

import beside


class Teller(mlflow.pyfunc.PythonModel):
    """Tells what its constructor, its context, its package and its surroundings gave it."""

    def __init__(self, config):
        self.config = config

    def load_context(self, context):
        self.artifacts = {name: told(Path(path)) for name, path in context.artifacts.items()}

    def predict(self, context, model_input):
        code = Path(__file__).parent
        described = Model.load(str(code.parent.parent)).metadata
        found = [
            *(f"{name}: {text}" for name, text in self.artifacts.items()),
            *(f"{name}: {value}" for name, value in sorted(described.items())),
            f"config: {context.model_config == self.config} {self.config}",
            f"code: {beside.NAME} {sorted(path.name for path in code.glob('*.py'))}",
            f"environment: {os.environ.get('KEYS_CASE')}",
        ]
        return pd.DataFrame(
            {
                "text": [told(Path(path)) for path in model_input["path"]],
                "number": self.config["number"],
                "found": [found] * len(model_input),
            }
        )


def told(path):
    if path.is_dir():
        return str(sorted(each.name for each in path.iterdir()))
    return path.read_text() if path.exists() else "missing"
