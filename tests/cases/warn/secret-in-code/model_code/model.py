import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    KEY = """-----BEGIN PRIVATE KEY-----"""

    def predict(self, context, model_input, params=None):
        return model_input
