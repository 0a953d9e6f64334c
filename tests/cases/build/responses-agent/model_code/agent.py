import json

from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    ResponsesAgentStreamEvent,
)


class Mute(ResponsesAgent):
    """Answers with a fixed sentence, and only at once."""

    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        return ResponsesAgentResponse(output=[self.create_text_output_item(text="-", id="m0")])


class Echo(ResponsesAgent):
    """Says what it was told, in words that `load_context` reads: not known while it is saved."""

    def __init__(self, greeting):
        self.greeting = greeting

    def load_context(self, context):
        with open(context.artifacts["words"]) as file:
            self.answer = json.load(file)["answer"]
        self.loud = context.model_config["loud"]

    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        items = [event.item for event in self.predict_stream(request)]
        return ResponsesAgentResponse(output=items)

    def predict_stream(self, request: ResponsesAgentRequest):
        said = request.input[-1].content
        for number, word in enumerate([self.greeting, f"{self.answer} {said}"]):
            text = word.upper() if self.loud else word
            yield ResponsesAgentStreamEvent(
                type="response.output_item.done",
                item=self.create_text_output_item(text=text, id=f"m{number}"),
            )


def made():
    return Mute


class Hidden(made()):  # mlpack: ignore[unknown-base]
    """An agent, as only an import tells."""
