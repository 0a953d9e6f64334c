"""MLflow's agent classes, and the resources that a model may reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .failure import Refusal
from .results import check_jsonable

PREDICT = {
    "ResponsesAgent": "predict(self, request)",
    "ChatAgent": "predict(self, messages, context=None, custom_inputs=None)",
    "ChatModel": "predict(self, context, messages, params)",
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


def access(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keywords for ``save_model`` that say what the model may use, and as whom."""
    found: dict[str, Any] = {}
    if request["resources"] is not None:
        found["resources"] = _resources(request["resources"])
    if request["auth_policy"] is not None:
        found["auth_policy"] = _auth_policy(request["auth_policy"])
    return found


def _resources(asked: Mapping[str, Any]) -> list[Any]:
    import mlflow
    from mlflow.models.resources import DatabricksResource

    known = {cls("").type.value: cls for cls in DatabricksResource.__subclasses__()}
    for kind in asked["databricks"]:
        if kind not in known:
            raise Refusal(
                f"MLflow {mlflow.__version__} has no resource `{kind}`.",
                hint=f"require a later MLflow in `dependencies`; this one has {', '.join(known)}",
            )
    return [
        known[kind].from_dict(entry)
        for kind, entries in asked["databricks"].items()
        for entry in entries
    ]


def _auth_policy(asked: Mapping[str, Any]) -> Any:
    import mlflow

    try:
        from mlflow.models.auth_policy import AuthPolicy, SystemAuthPolicy, UserAuthPolicy
    except ImportError:
        raise Refusal(
            f"MLflow {mlflow.__version__} has no auth policy.",
            hint="require `mlflow>=2.21` in `dependencies`, or use `resources`",
        ) from None
    user, system = asked.get("user_auth_policy"), asked.get("system_auth_policy")
    return AuthPolicy(
        user_auth_policy=user and UserAuthPolicy(api_scopes=list(user["api_scopes"])),
        system_auth_policy=system and SystemAuthPolicy(resources=_resources(system["resources"])),
    )
