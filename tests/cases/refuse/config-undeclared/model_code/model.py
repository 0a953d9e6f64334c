import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.batch_size = context.model_config["batch_size"]

    def predict(self, context, model_input, params=None):
        return model_input
