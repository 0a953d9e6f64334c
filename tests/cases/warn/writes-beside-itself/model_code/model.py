from pathlib import Path

import mlflow.pyfunc

HERE = Path(__file__).parent


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        (HERE / "cache.json").write_text("{}")

    def predict(self, context, model_input, params=None):
        return model_input
