import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.vocab = context.artifacts["vocab"]

    def predict(self, context, model_input, params=None):
        return model_input
