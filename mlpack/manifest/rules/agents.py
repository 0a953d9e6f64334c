"""MLflow's agent classes, and the resources that a model says it reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpack.core.errors import Problem, Related
from mlpack.manifest.document import join
from mlpack.manifest.rules import class_reference
from mlpack.manifest.rules.modules import Found, find_class, of
from mlpack.manifest.schema import closest
from mlpack.manifest.schema.words import value as phrase
from mlpack.manifest.view import View

PREDICT = {
    "ResponsesAgent": "self, request",
    "ChatAgent": "self, messages, context=None, custom_inputs=None",
    "ChatModel": "self, context, messages, params",
}
_MESSAGES = {"ResponsesAgent": "input", "ChatAgent": "messages", "ChatModel": "messages"}


def may_be_agent(view: View) -> bool:
    """Whether MLflow may set the signature: the class is an agent, or the source does not tell.

    A base that nothing here shows is judged when the class is imported.
    """
    found = _class(view)
    if found is None:
        return _is_passed_on(view)
    family = found.family
    return family.agent is not None or (bool(family.unknown) and not family.from_mlflow)


def check(view: View) -> Iterator[Problem]:
    """Yield what a manifest says that an agent's own signature does not leave open."""
    found = _class(view)
    agent = found.family.agent if found else None
    if found is None or agent is None:
        return
    if "signature" in view.keys:
        yield view.problem(
            "own-signature",
            f"`{found.facts.name}` is a {agent}, whose signature MLflow sets itself",
            at="/signature",
            key=True,
            hint="Remove `signature`.",
            related=(Related(message="the class", span=found.facts.span),),
        )
    if "input_example" in view.keys:
        yield from _check_example(view, agent, view.keys["input_example"])


def _is_passed_on(view: View) -> bool:
    """Whether the module takes the class from a package that is not among the code."""
    if not _reference(view):
        return False
    model = class_reference.parse(view)
    module = of(view).module(model.module)
    return module is not None and model.qualname.partition(".")[0] in module.names


def _class(view: View) -> Found | None:
    return find_class(view) if _reference(view) else None


def _reference(view: View) -> bool:
    """Whether there is a reference that leads to a class: the schema has not refused it."""
    model = view.keys.get("model")
    reference = model.get("class") if isinstance(model, dict) else model
    return isinstance(reference, str) and ":" in reference


def _check_example(view: View, agent: str, written: dict[str, Any]) -> Iterator[Problem]:
    key = _MESSAGES[agent]
    hint = f'Write `inputs: {{{key}: [{{role: user, content: "Hello!"}}]}}`.'
    for kind in ("input_uri", "dataframe_records", "dataframe_split", "params"):
        if kind in written:
            message = f"The example of a {agent} must be a single request in `inputs`, not `{kind}`"
            at = join("/input_example", kind)
            yield view.problem("example-mismatch", message, at=at, key=True, hint=hint)
    request = written.get("inputs", {key: []})
    if not isinstance(request, dict):
        message = f"The request to a {agent} must be a mapping, not {phrase(request)}"
        yield view.problem("example-mismatch", message, at="/input_example/inputs", hint=hint)
    elif key not in request:
        near = closest(key, request)
        yield view.problem(
            "example-mismatch",
            f"Missing required key `{key}` in the request to a {agent}",
            at="/input_example/inputs",
            key=True,
            hint=f"Rename `{near}` to `{key}`." if near else hint,
        )


Access = Mapping[str, Any] | None
API_VERSION = "1"


def resources(view: View) -> Access:
    """Return the resources in the form of ``MLmodel``, or ``None`` where none are stated."""
    return _versioned(view.keys.get("resources"))


def auth_policy(view: View) -> Access:
    """Return the auth policy in the form of ``MLmodel``, or ``None`` where none is stated."""
    written = view.keys.get("auth_policy")
    if written is None or "system_auth_policy" not in written:
        return written
    system = written["system_auth_policy"]
    return {**written, "system_auth_policy": {"resources": _versioned(system["resources"])}}


def _versioned(written: Access) -> Access:
    return None if written is None else {"api_version": API_VERSION, **written}


def check_access(view: View) -> Iterator[Problem]:
    """Yield where both are stated: MLflow logs a model with one of them."""
    if "resources" in view.keys and "auth_policy" in view.keys:
        yield view.problem(
            "conflicting-keys",
            "`resources` and `auth_policy` cannot be used together",
            at="/auth_policy",
            key=True,
            hint="Move the resources to `auth_policy.system_auth_policy.resources`.",
            related=view.related("the resources", "/resources", key=True),
        )
