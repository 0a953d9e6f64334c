from pathlib import Path

import mlflow.pyfunc
import pandas as pd


class Mean(mlflow.pyfunc.PythonModel):
    def __init__(self, as_array=False):
        self.as_array = as_array

    def predict(self, context, model_input, params=None):
        mean = pd.DataFrame({"mean": [model_input["x"].mean()]})
        return mean["mean"].to_numpy() if self.as_array else mean


class Meant(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):  # mlpack: ignore[row-count]
        return pd.DataFrame({"mean": [model_input["x"].mean()]})


class Lines(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        lines = Path(model_input["input_uri"][0]).read_text().split()
        return pd.DataFrame({"mean": [float(line) for line in lines]})
