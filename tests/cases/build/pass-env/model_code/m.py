import os

import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"value": [os.environ[name] for name in model_input["variable"]]})
