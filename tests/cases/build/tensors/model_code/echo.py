import mlflow.pyfunc


class Echo(mlflow.pyfunc.PythonModel):
    """Gives back what it is given."""

    def predict(self, context, model_input, params=None):
        return model_input


class Squares(mlflow.pyfunc.PythonModel):
    """Gives back the real parts of the squares of complex numbers."""

    def predict(self, context, model_input, params=None):
        return {name: (array * array).real for name, array in model_input.items()}
