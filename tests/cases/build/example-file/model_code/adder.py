import mlflow.pyfunc
import pandas as pd


class Adder(mlflow.pyfunc.PythonModel):
    """Adds to whatever it is given: a table, an array, or arrays by name."""

    def predict(self, context, model_input, params=None):
        more = (params or {}).get("more", 1)
        if isinstance(model_input, pd.DataFrame):
            return model_input.assign(n=model_input["n"] + more)
        if isinstance(model_input, dict):
            return {name: array + more for name, array in model_input.items()}
        return model_input + more
