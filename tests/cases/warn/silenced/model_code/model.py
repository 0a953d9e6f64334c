import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        from company import tools  # mlpack: ignore[unknown-import]
        self.vocab = context.artifacts["vocab"]

    def predict(self, context, model_input, params=None):
        return model_input
