"""The model class: found, judged, and constructed."""

from __future__ import annotations

import difflib
import importlib
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .agents import PREDICT, agent_kind
from .failure import Refusal


def put_code_on_path(code_paths: list[str]) -> None:
    """Make the staged code importable as MLflow will make the package's ``code/``."""
    parents = dict.fromkeys(str(Path(path).parent) for path in code_paths)
    sys.path[:0] = list(parents)


def import_class(module: str, qualname: str) -> type:
    """Return the class ``module:qualname``, a ``PythonModel`` that has a ``predict``."""
    found: Any = importlib.import_module(module)
    home = found
    for name in qualname.split("."):
        if not hasattr(found, name):
            raise Refusal(f"{module} has no class {qualname}.", hint=_other_classes(home, qualname))
        found = getattr(found, name)
    _judge(found, f"{module}:{qualname}")
    return found  # type: ignore[no-any-return]


def _judge(found: Any, reference: str) -> None:
    import mlflow.pyfunc

    base = mlflow.pyfunc.PythonModel
    if not inspect.isclass(found):
        kind = "a function" if callable(found) else f"of type {type(found).__name__}"
        raise Refusal(
            f"{reference} is {kind}, not a class.",
            hint="`model.class` must be a subclass of mlflow.pyfunc.PythonModel",
        )
    if not issubclass(found, base):
        raise Refusal(
            f"{reference} is not a subclass of mlflow.pyfunc.PythonModel.",
            hint=f"write `class {found.__name__}(mlflow.pyfunc.PythonModel)`",
        )
    agent = agent_kind(found)
    predict = getattr(found, "predict", None)
    if predict is base.predict or "predict" in getattr(found, "__abstractmethods__", ()):
        wanted = PREDICT.get(str(agent), "predict(self, context, model_input, params=None)")
        raise Refusal(f"{reference} has no predict method.", hint=f"define `{wanted}`")
    if inspect.iscoroutinefunction(predict):
        raise Refusal(
            f"{reference}.predict is a coroutine, and MLflow calls it without awaiting it.",
            hint="write `def predict`, and await inside it with `asyncio.run(...)`",
        )


def _other_classes(module: ModuleType, wanted: str) -> str:
    names = [name for name, value in vars(module).items() if inspect.isclass(value)]
    close = difflib.get_close_matches(wanted, names, n=1)
    if close:
        return f"did you mean `{module.__name__}:{close[0]}`?"
    own = [name for name in names if getattr(module, name).__module__ == module.__name__]
    if own:
        return f"`{module.__name__}` has " + ", ".join(f"`{name}`" for name in sorted(own)[:8])
    return f"`{module.__name__}` defines no class"


def construct(cls: type, request: Mapping[str, Any]) -> Any:
    """Return the instance that the manifest describes."""
    if request["init_from_config"]:
        return cls(dict(request["model_config"] or {}))
    return cls(**request["init"])


def check_arguments(cls: type, request: Mapping[str, Any]) -> None:
    """Refuse constructor arguments that the class does not take, naming those that it takes."""
    try:
        signature = inspect.signature(cls)
    except ValueError:  # a constructor written in C tells nothing
        return
    if request["init_from_config"]:
        _check_one_argument(cls, signature)
    else:
        _check_keywords(cls, signature, request["init"])


def _check_one_argument(cls: type, signature: inspect.Signature) -> None:
    try:
        signature.bind({})
    except TypeError as error:
        raise Refusal(
            f"{cls.__name__} cannot be constructed with `init_from: model_config`: {error}.",
            hint=f"its constructor is {cls.__name__}{signature}; it gets the whole mapping as its "
            "one argument",
        ) from None


def _check_keywords(cls: type, signature: inspect.Signature, given: Mapping[str, Any]) -> None:
    try:
        signature.bind(**given)
    except TypeError as error:
        raise Refusal(
            f"{cls.__name__} cannot be constructed from `model.init`: "
            f"{_mismatch(signature, given) or error}.",
            hint=_accepted(signature, given),
        ) from None


def _mismatch(signature: inspect.Signature, given: Mapping[str, Any]) -> str:
    known = signature.parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in known.values())
    unknown = [] if takes_any else [f"`{name}`" for name in given if name not in known]
    missing = [f"`{name}`" for name in _required(signature) if name not in given]
    said = []
    if unknown:
        said.append("it does not accept " + ", ".join(unknown))
    if missing:
        said.append("it needs " + ", ".join(missing))
    return ", and ".join(said)


def _required(signature: inspect.Signature) -> list[str]:
    return [
        name
        for name, p in signature.parameters.items()
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]


def _accepted(signature: inspect.Signature, given: Mapping[str, Any]) -> str:
    names = [
        name
        for name, p in signature.parameters.items()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    if not names:
        return "its constructor accepts no keywords"
    for name in given:
        close = difflib.get_close_matches(name, names, n=1)
        if name not in names and close:
            return f"did you mean `{close[0]}`? It accepts " + ", ".join(names)
    return "it accepts " + ", ".join(names)
