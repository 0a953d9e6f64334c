from mlflow.pyfunc import ChatModel


class Chat(ChatModel):
    def predict(self, context, messages, params):
        raise NotImplementedError
