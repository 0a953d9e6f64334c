"""MLflow's agents and chat models: it sets their signature, and has an example of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpack.document import join
from mlpack.errors import Problem, Related
from mlpack.manifest import classref
from mlpack.manifest.sources import Found, find_class, of
from mlpack.manifest.view import View
from mlpack.schema import closest
from mlpack.schema.words import value as phrase

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
    model = classref.parse(view)
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
            message = f"The example of a {agent} is one request, not `{kind}`"
            at = join("/input_example", kind)
            yield view.problem("example-mismatch", message, at=at, key=True, hint=hint)
    request = written.get("inputs", {key: []})
    if not isinstance(request, dict):
        message = f"The request of a {agent} must be a mapping, not {phrase(request)}"
        yield view.problem("example-mismatch", message, at="/input_example/inputs", hint=hint)
    elif key not in request:
        near = closest(key, request)
        yield view.problem(
            "example-mismatch",
            f"The request of a {agent} needs the key `{key}`",
            at="/input_example/inputs",
            key=True,
            hint=f"Rename `{near}` to `{key}`." if near else hint,
        )
