"""Says what types its columns and tensors arrive with."""

import mlflow
import pandas as pd


class Typed(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        said = []
        for name, values in model_input.items():
            value = values.iloc[0] if isinstance(values, pd.Series) else values.ravel()[0]
            text = value.isoformat() if hasattr(value, "isoformat") else repr(value)
            kind = type(value).__name__
            said.append(f"{name}: {kind} {text}" if kind in ("str", "bytes", "list", "dict") else f"{name}: {values.dtype} {value}")
        return said
