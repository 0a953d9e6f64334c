import mlflow.pyfunc
import pandas as pd


class Sum(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input.sum(axis=1).to_frame("y")


class ByNumber(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input[[2, 0]].sum(axis=1).to_frame("y")


class Unnamed(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame(model_input.to_numpy())
