from mlflow.pyfunc import ResponsesAgent


class Model(ResponsesAgent):
    def respond(self, request):
        return {"output": []}
