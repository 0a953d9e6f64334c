from mlflow.pyfunc import ChatModel
from mlflow.types.llm import ChatCompletionChunk, ChatCompletionResponse, ChatMessage, ChatParams


class Chat(ChatModel):
    def predict(self, context, messages: list[ChatMessage], params: ChatParams):
        said = f"{messages[-1].content} at {params.temperature}"
        choice = {"index": 0, "message": {"role": "assistant", "content": said}}
        return ChatCompletionResponse.from_dict({"id": "c1", "created": 0, "choices": [choice]})

    def predict_stream(self, context, messages: list[ChatMessage], params: ChatParams):
        for message in messages:
            choice = {"index": 0, "delta": {"role": "assistant", "content": message.content}}
            yield ChatCompletionChunk.from_dict({"id": "c1", "created": 0, "choices": [choice]})
