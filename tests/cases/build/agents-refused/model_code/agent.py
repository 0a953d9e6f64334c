from mlflow.pyfunc import ResponsesAgent


class Empty(ResponsesAgent):
    def predict(self, request):
        return {"output": []}

    def predict_stream(self, request):
        yield from ()


class Raises(Empty):
    def predict_stream(self, request):
        yield {"type": "response.created"}
        raise RuntimeError("the connection was removed")


class Chunk(Empty):
    def predict_stream(self, request):
        yield {"text": "hi"}


class Response(Empty):
    def predict(self, request):
        return "hi"
