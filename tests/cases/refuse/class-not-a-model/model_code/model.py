import mlflow.pyfunc


class Model:
    def predict(self, context, model_input, params=None):
        return model_input
