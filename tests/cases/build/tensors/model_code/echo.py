import mlflow.pyfunc


class Echo(mlflow.pyfunc.PythonModel):
    """Gives back what it is given."""

    def predict(self, context, model_input, params=None):
        return model_input
