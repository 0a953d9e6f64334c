import mlflow.pyfunc


class Echo(mlflow.pyfunc.PythonModel):
    """Gives back what it is given, after looking at what params came with it."""

    def __init__(self, params=None):
        self.params = params

    def predict(self, context, model_input, params=None):
        if self.params is not None:
            assert told(params) == self.params, told(params)
        return model_input


def told(value):
    """Return a value's parts with the names of their types."""
    if isinstance(value, dict):
        return {name: told(item) for name, item in value.items()}
    if isinstance(value, list):
        return [told(item) for item in value]
    if hasattr(value, "tolist") and getattr(value, "ndim", 0):
        return [told(item) for item in value]
    return f"{type(value).__name__} {value}"
