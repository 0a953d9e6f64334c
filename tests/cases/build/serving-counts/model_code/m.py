import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    calls = 0

    def predict(self, context, model_input, params=None):
        self.calls += 1
        return pd.DataFrame({"calls": [self.calls] * len(model_input)})
