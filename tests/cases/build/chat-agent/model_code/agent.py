from mlflow.pyfunc import ChatAgent
from mlflow.types.agent import ChatAgentChunk, ChatAgentMessage, ChatAgentResponse


class Parrot(ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        words = list(self._words(messages, context, custom_inputs))
        return ChatAgentResponse(messages=[self._message(" ".join(words))])

    def predict_stream(self, messages, context=None, custom_inputs=None):
        for word in self._words(messages, context, custom_inputs):
            yield ChatAgentChunk(delta=self._message(word))

    def _words(self, messages, context, custom_inputs):
        yield from [messages[-1].content] * (custom_inputs or {}).get("times", 1)
        if context is not None:
            yield context.user_id

    def _message(self, text):
        return ChatAgentMessage(role="assistant", content=text, id="m1")
