import mlflow.pyfunc


class Model(mlflow.pyfunc.ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        return {"messages": []}


class Other(mlflow.pyfunc.ResponsesAgent):
    def predict(self, request):
        return {"output": []}


class Plain(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input
