import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, **settings):
        self.settings = settings

    def load_context(self, context):
        self.context = context

    def predict(self, context, model_input, params=None):
        return model_input
