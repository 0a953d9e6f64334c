from mlflow.pyfunc import ChatAgent
from mlflow.types.agent import ChatAgentMessage, ChatAgentResponse


class Early(ChatAgent):
    def predict(self, messages, params):
        said = [messages[-1].content] * params.custom_inputs["times"]
        return ChatAgentResponse(messages=[self._message(" ".join(said))])

    def predict_stream(self, messages, params):
        for _ in range(params.custom_inputs["times"]):
            yield ChatAgentResponse(messages=[self._message(messages[-1].content)])

    def _message(self, text):
        return ChatAgentMessage(role="assistant", content=text, id="m1")
