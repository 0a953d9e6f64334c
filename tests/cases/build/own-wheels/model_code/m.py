import iniconfig
import mlflow.pyfunc
import mlpack_case_leaf
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame({"y": model_input["x"] + mlpack_case_leaf.VALUE + iniconfig.VALUE})
