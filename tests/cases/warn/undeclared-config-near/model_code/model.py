import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.depth = context.model_config.get("detph", 3)

    def predict(self, context, model_input, params=None):
        return model_input
