"""Double a number."""

import mlflow.pyfunc
import pandas as pd


class Model(mlflow.pyfunc.PythonModel):
    """A table with the column x in; a table with the column y out."""

    def load_context(self, context):
        """Read what the model needs, once: context.artifacts, context.model_config."""

    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"y": model_input["x"] * 2})
