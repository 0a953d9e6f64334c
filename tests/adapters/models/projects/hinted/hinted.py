"""A model whose type hints say another signature than the one declared."""

import mlflow
import pandas as pd


class Hinted(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.weights = b"w" * 1_000_000

    def predict(self, model_input: list[str], params=None) -> list[str]:
        assert len(self.weights) == 1_000_000
        return [text.upper() for text in model_input]


class Table(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: pd.DataFrame, params=None) -> pd.DataFrame:
        return model_input
