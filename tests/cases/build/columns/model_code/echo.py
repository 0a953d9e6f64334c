import mlflow.pyfunc
import numpy as np
import pandas as pd


class Echo(mlflow.pyfunc.PythonModel):
    """Gives back what it is given, after looking at what params came with it."""

    def __init__(self, params=None):
        self.params = params

    def predict(self, context, model_input, params=None):
        if self.params is not None:
            assert told(params) == self.params, told(params)
        return model_input


class Inside(mlflow.pyfunc.PythonModel):
    """Gives back values inside others that have no type in JSON."""

    def predict(self, context, model_input):
        binary, datetime = b"\x00\x01", pd.Timestamp("2026-01-02T03:04:05")
        each = {
            "integer": np.int32(1),
            "float": np.float32(0.5),
            "binary": binary,
            "datetime": datetime,
        }
        row = {
            "integer": np.array([1, 2], "int32"),
            "float": {"a": np.float32(0.5)},
            "binary": [binary],
            "datetime": [datetime],
            "all": each,
        }
        return pd.DataFrame([row])


def told(value):
    """Return a value's parts with the names of their types."""
    if isinstance(value, dict):
        return {name: told(item) for name, item in value.items()}
    if isinstance(value, list):
        return [told(item) for item in value]
    if hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return [told(item) for item in value]
    return f"{type(value).__name__} {value}"
