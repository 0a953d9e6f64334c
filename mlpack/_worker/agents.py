"""MLflow's own kinds of model, agents and chat models: it sets their signature, task and example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .failure import Refusal
from .inputs import example_input
from .results import check_jsonable

PREDICT = {
    "ResponsesAgent": "predict(self, request)",
    "ChatAgent": "predict(self, messages, context=None, custom_inputs=None)",
    "ChatModel": "predict(self, context, messages, params)",
}

REQUESTS = {
    "ResponsesAgent": '{input: [{role: user, content: "…"}]}',
    "ChatAgent": '{messages: [{role: user, content: "…"}]}',
    "ChatModel": '{messages: [{role: user, content: "…"}]}',
}


def agent_kind(cls: type) -> str | None:
    """Return which of MLflow's agent classes ``cls`` extends, if any."""
    import mlflow.pyfunc

    known = {name: getattr(mlflow.pyfunc, name, None) for name in PREDICT}
    return next((name for name, base in known.items() if base and issubclass(cls, base)), None)


def check_unsigned(kind: str | None, signature: Any, request: Mapping[str, Any]) -> None:
    """Refuse a signature for a class whose signature is MLflow's."""
    if kind is not None and signature is not None:
        raise Refusal(
            f"{request['qualname']} is a {kind}, whose signature MLflow sets itself.",
            hint="remove `signature` from the manifest",
        )


def request_example(kind: str, example: Mapping[str, Any] | None) -> Any:
    """Return the manifest's example as the request of an agent; ``None`` for MLflow's own."""
    if example is None:
        return None
    request, params = example_input(dict(example), None)
    if not isinstance(request, dict):
        raise Refusal(
            f"The input example of a {kind} is one request, a mapping, not {_named(request)}.",
            hint=f"write `input_example: {{inputs: {REQUESTS[kind]}}}`",
        )
    try:
        json.dumps(request, allow_nan=False)
    except ValueError as error:
        raise Refusal(
            f"The input example has no form in JSON: {error}.", hint="write finite numbers"
        ) from None
    return {**request, **params}


def _named(value: Any) -> str:
    return f"a {type(value).__name__}"


def empty_response(kind: str) -> Any:
    """Return the shortest answer that MLflow accepts from a model of this kind."""
    if kind == "ChatModel":
        from mlflow.types.llm import ChatCompletionResponse

        return ChatCompletionResponse.from_dict({"choices": []})
    if kind == "ChatAgent":
        from mlflow.types.agent import ChatAgentResponse

        return ChatAgentResponse(messages=[])
    from mlflow.types.responses import ResponsesAgentResponse

    return ResponsesAgentResponse(output=[])


def loaded_kind(model: Any) -> str | None:
    """Return which of MLflow's agent classes a loaded pyfunc model extends, if any."""
    try:
        return agent_kind(type(model.get_raw_model()))
    except NotImplementedError:
        return None


def without_traces() -> None:
    """Keep MLflow from tracing an agent, which would make a database in the working folder."""
    import mlflow.tracing

    mlflow.tracing.disable()


def streamed(model: Any, fed: Any) -> list[Any] | None:
    """Return all that an agent streams for the input ``fed``; ``None`` where it cannot stream.

    MLflow records each agent as streamable, those too that only inherit a ``predict_stream`` that
    raises.
    """
    cls = type(model.get_raw_model())
    home = next(each for each in cls.__mro__ if "predict_stream" in vars(each))
    if home.__module__.startswith("mlflow."):
        return None
    return list(model.predict_stream(fed))


def check_chunks(chunks: list[Any]) -> None:
    """Refuse a stream that is empty, or that a server cannot send."""
    if not chunks:
        raise Refusal(
            "predict_stream yielded nothing.", hint="yield at least one event, or remove the method"
        )
    check_jsonable(chunks)
