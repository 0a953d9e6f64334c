import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        from company import tools
        self.tools = tools

    def predict(self, context, model_input, params=None):
        return model_input
