"""The save task: construct the class, let MLflow write it, take the machine out of the result."""

from __future__ import annotations

import contextlib
import datetime as dt
import keyword
import math
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from .agents import access, agent_kind, check_unsigned, empty_response
from .casting import conversions
from .classes import check_arguments, construct, import_class, put_code_on_path
from .exact import WAY_OUT, check_pickle, exact_flavor, make_exact
from .failure import Refusal
from .importing import uncollected
from .inputs import add_example, completed
from .signature import declared_signature, to_fields, to_signature

FILE_NAME = "mlpack_model.py"


def model_script(module: str, qualname: str, init: Mapping[str, Any]) -> str:
    """Return the script's text for a class constructed from keywords."""
    if all(name.isidentifier() and not keyword.iskeyword(name) for name in init):
        lines = [f"        {name}={literal(init[name])}," for name in sorted(init)]
    else:
        lines = [f"        **{literal(init)},"]
    return _script_text(module, qualname, lines)


def model_script_from_config(module: str, qualname: str, config: Mapping[str, Any]) -> str:
    """Return the script's text for a class constructed from one mapping."""
    lines = [f"            {key!a}: {literal(config[key])}," for key in sorted(config)]
    return _script_text(
        module, qualname, ["        {", *lines, "        }"] if lines else ["        {}"]
    )


def _script_text(module: str, qualname: str, arguments: list[str]) -> str:
    call = f"{qualname}()" if not arguments else f"{qualname}(\n" + "\n".join(arguments) + "\n    )"
    return (
        '"""Constructs the model; MLflow runs this file when it loads the package."""\n\n'
        "import mlflow.models\n"
        f"from {module} import {qualname.partition('.')[0]}\n\n"
        f"mlflow.models.set_model(\n    {call}\n)\n"
    )


def literal(value: Any) -> str:
    """Return JSON data as a Python literal: keys sorted, floats exact, ASCII only."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key!a}: {literal(value[key])}" for key in sorted(value))
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        raise Refusal(
            f"The constructor's value {value} is not a finite number, which JSON cannot represent.",
            hint="write a finite number, or null, or let the class choose it by default",
        )
    return ascii(value)


Stage = Callable[[str], None]

# The real ones are written afterwards, word by word. Of one whose marker holds nowhere MLflow looks
# up no installed version, which would have it read what each package in the environment brings.
_NO_REQUIREMENT = "mlflow; python_version < '0'"


def save(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Write the package to ``destination``; return its signature and MLflow's version."""
    with uncollected():
        import mlflow
        import mlflow.pyfunc

    put_code_on_path(request["code_paths"])
    stage("import")
    with _configuration(request):
        cls = import_class(request["module"], request["qualname"])
    stage("signature")
    kind = agent_kind(cls)
    signature = declared_signature(request)
    check_unsigned(kind, signature, request)
    stage("init")
    check_arguments(cls, request)
    model = new_model(request)
    with tempfile.TemporaryDirectory() as scratch:
        _write(cls, model, signature, request, stage, Path(scratch))
        stage("example")
        with conversions() as warnings:
            if kind is None:
                # A fresh signature: what MLflow made of type hints must not stand in the package.
                model.signature = signature and to_signature(to_fields(signature) or {})
                if request["completing"]:
                    model.signature = completed(model.signature, request["example"])
            add_example(model, request, Path(scratch))
        stage("save")
        exact_flavor(model.flavors["python_function"], request)
        make_exact(model, request)
    return {
        "signature": to_fields(model.signature),
        "mlflow_version": mlflow.__version__,
        "agent": kind,
        "warnings": warnings,
    }


def _configuration(request: dict[str, Any]) -> contextlib.AbstractContextManager[None]:
    """Let ``mlflow.models.ModelConfig`` find the manifest's configuration, as at each load.

    A pickled model is loaded without one: it must not find here what it will miss there.
    """
    if request["serialization"] != "code":
        return contextlib.nullcontext()
    from mlflow.models.utils import _config_context

    context: contextlib.AbstractContextManager[None] = _config_context(request["model_config"])
    return context


def new_model(request: dict[str, Any]) -> Any:
    """Return a model that says when and from what it was made, and nothing more yet."""
    from mlflow.models import Model

    made = dt.datetime.fromtimestamp(request["build_time"], tz=dt.timezone.utc)
    return Model(
        model_uuid=request["model_id"],
        utc_time_created=made.strftime("%Y-%m-%d %H:%M:%S.%f"),
        # Here, because what save_model is given replaces the task that it notes for an agent.
        metadata=request["metadata"] or None,
    )


def _write(
    cls: type, model: Any, signature: Any, request: dict[str, Any], stage: Stage, scratch: Path
) -> None:
    if request["serialization"] == "code":
        with _at_rest(cls):
            _save(model, str(_script(request, scratch)), signature, request)
    else:
        instance = construct(cls, request)
        stage("save")
        with _at_rest(cls):
            _save(model, instance, signature, request)
        check_pickle(_pickle(model, request), instance, _machine_paths(request))


@contextlib.contextmanager
def _at_rest(cls: type) -> Iterator[None]:
    """Make ``load_context``, and the ``predict`` of an agent, do nothing for a while.

    MLflow 3.1 always runs the one while saving, and every MLflow has an agent predict: on the very
    instance that it pickles and with artifacts that are not in place. The forward pass runs both
    where they belong.
    """
    kind = agent_kind(cls)
    instead: dict[str, Any] = {"load_context": lambda self, context: None}
    if kind is not None:
        instead["predict"] = lambda self, *args, **kwargs: empty_response(kind)
    own = {name: vars(cls)[name] for name in instead if name in vars(cls)}
    for name, method in instead.items():
        setattr(cls, name, method)
    try:
        yield
    finally:
        for name in instead:
            delattr(cls, name)
        for name, method in own.items():
            setattr(cls, name, method)


def _save(model: Any, python_model: Any, signature: Any, request: dict[str, Any]) -> None:
    import mlflow.pyfunc

    # No example here: on a class with type hints MLflow would judge it by the hints, and on a
    # ChatAgent 2.20 would give messages random ids. No artifacts: they are placed afterwards,
    # without the two copies that MLflow makes.
    try:
        mlflow.pyfunc.save_model(
            path=request["destination"],
            python_model=python_model,
            mlflow_model=model,
            signature=signature,
            code_paths=request["code_paths"] or None,
            pip_requirements=[_NO_REQUIREMENT],
            model_config=request["model_config"],
            **access(request),
        )
    except mlflow.MlflowException as error:
        if getattr(error, "__cause__", None) is None or "serialize Python model" not in str(error):
            raise
        raise Refusal(
            f"{request['qualname']} cannot be pickled: {error.__cause__}.", hint=WAY_OUT
        ) from error.__cause__


def _script(request: dict[str, Any], scratch: Path) -> Path:
    if request["init_from_config"]:
        text = model_script_from_config(
            request["module"], request["qualname"], request["model_config"] or {}
        )
    else:
        text = model_script(request["module"], request["qualname"], request["init"])
    path = scratch / FILE_NAME
    path.write_text(text, encoding="utf-8")
    return path


def _pickle(model: Any, request: dict[str, Any]) -> Path:
    return Path(request["destination"], model.flavors["python_function"]["python_model"])


def _machine_paths(request: dict[str, Any]) -> list[str]:
    folders = [str(Path(path).parent) for path in request["code_paths"]]
    homes = [os.environ.get("HOME", ""), os.environ.get("TMPDIR", "")]
    folders += [*homes, str(Path.cwd()), request["destination"]]
    return [folder for folder in folders if len(folder) > 1]
