import os

import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        words = ["no", "yes"] if "_MLFLOW_IS_IN_SERVING_ENVIRONMENT" in os.environ else ["-", "+"]
        return pd.DataFrame({"label": [words[int(x > 0)] for x in model_input["x"]]})
