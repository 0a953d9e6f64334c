"""A model with an artifact, a configuration, params, and helpers named like the worker's."""

import json

import mlflow
import save

from scaling import predict as helper


class Scaler(mlflow.pyfunc.PythonModel):
    def __init__(self, scale=1.0, labels=None, options=None):
        self.scale = scale
        self.labels = set(labels or [])
        self.options = options

    def load_context(self, context):
        with open(context.artifacts["offset"]) as file:
            self.offset = json.load(file)
        self.weights = b"w" * 1_000_000
        self.unit = context.model_config["unit"]

    def predict(self, context, model_input, params=None):
        times = (params or {}).get("times", 1)
        assert save.KIND == "the user's own"
        return helper.scaled(model_input[["a", "b"]], self.scale * times) + self.offset


class FromConfig(mlflow.pyfunc.PythonModel):
    def __init__(self, config):
        self.config = config

    def predict(self, context, model_input, params=None):
        return [self.config["unit"]] * len(model_input)


class Outer:
    class Inner(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input[["a"]].rename(columns={"a": "twice"}) * 2
