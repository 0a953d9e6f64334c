import mlflow.pyfunc


class Classifier(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input
