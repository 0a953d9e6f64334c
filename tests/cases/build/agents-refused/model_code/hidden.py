import mlflow.pyfunc


def base(name):
    return getattr(mlflow.pyfunc, name)


class Plain(base("PythonModel")):  # mlpack: ignore[unknown-base]
    def predict(self, context, model_input, params=None):
        return model_input


class Agent(base("ResponsesAgent")):  # mlpack: ignore[unknown-base]
    def predict(self, request):
        return {"output": []}
