import mlflow.pyfunc


class M(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input: list[str], params=None):
        return [len(text) for text in model_input]
