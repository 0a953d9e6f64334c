import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        from model_code import extra
        self.extra = extra

    def predict(self, context, model_input, params=None):
        return model_input
