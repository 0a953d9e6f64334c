import mlflow.pyfunc


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, threshold, labels=()):
        self.threshold = threshold
        self.labels = labels

    def predict(self, context, model_input, params=None):
        return model_input
