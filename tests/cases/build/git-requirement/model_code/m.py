import importlib

import mlflow.pyfunc
import pandas as pd


class M(mlflow.pyfunc.PythonModel):
    """Says which versions of packages are installed here, by what their code says."""

    def predict(self, context, model_input, params=None):
        modules = [importlib.import_module(name) for name in model_input["package"]]
        return pd.DataFrame({"version": [module.VERSION for module in modules]})
