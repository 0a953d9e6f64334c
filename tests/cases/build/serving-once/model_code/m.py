import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.file = open(context.artifacts["offset"])

    def predict(self, context, model_input, params=None):
        with self.file:
            offset = float(self.file.read())
        return pd.DataFrame({"y": model_input["x"] + offset})
