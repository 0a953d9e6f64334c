"""The save task: construct the class, let MLflow write it, take the machine out of the result."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .casting import conversions
from .classes import check_arguments, construct, import_class, put_code_on_path
from .exact import make_exact
from .example import add_example
from .failure import Refusal
from .importing import uncollected
from .pickles import WAY_OUT, check_pickle
from .script import FILE_NAME, model_script, model_script_from_config
from .signature import declared_signature, to_fields, to_signature

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
    signature = declared_signature(request)
    stage("init")
    check_arguments(cls, request)
    model = _new_model(request)
    with tempfile.TemporaryDirectory() as scratch:
        _write(cls, model, signature, request, stage, Path(scratch))
        stage("example")
        # A fresh signature: what MLflow made of type hints must not stand in the package.
        model.signature = None if signature is None else to_signature(to_fields(signature) or {})
        with conversions() as warnings:
            add_example(model, request, Path(scratch))
        stage("save")
        make_exact(model, request)
    return {
        "signature": to_fields(model.signature),
        "mlflow_version": mlflow.__version__,
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


def _new_model(request: dict[str, Any]) -> Any:
    from mlflow.models import Model

    made = dt.datetime.fromtimestamp(request["build_time"], tz=dt.timezone.utc)
    return Model(
        model_uuid=request["model_id"], utc_time_created=made.strftime("%Y-%m-%d %H:%M:%S.%f")
    )


def _write(
    cls: type, model: Any, signature: Any, request: dict[str, Any], stage: Stage, scratch: Path
) -> None:
    if request["serialization"] == "code":
        with _no_context(cls):
            _save(model, str(_script(request, scratch)), signature, request)
    else:
        instance = construct(cls, request)
        stage("save")
        with _no_context(cls):
            _save(model, instance, signature, request)
        check_pickle(_pickle(model, request), instance, _machine_paths(request))


@contextlib.contextmanager
def _no_context(cls: type) -> Iterator[None]:
    """Make ``load_context`` do nothing for a while.

    MLflow 3.1 always runs it while saving, on the very instance that it pickles and with artifacts
    that are not in place; the forward pass runs it where it belongs.
    """
    own = vars(cls).get("load_context")
    cls.load_context = lambda self, context: None  # type: ignore[attr-defined]
    try:
        yield
    finally:
        if own is None:
            del cls.load_context  # type: ignore[attr-defined]
        else:
            cls.load_context = own  # type: ignore[attr-defined]


def _save(model: Any, python_model: Any, signature: Any, request: dict[str, Any]) -> None:
    import mlflow.pyfunc

    # No example here: on a class with type hints MLflow would judge it by the hints. No artifacts:
    # they are placed afterwards, without the two copies that MLflow makes.
    try:
        mlflow.pyfunc.save_model(
            path=request["destination"],
            python_model=python_model,
            mlflow_model=model,
            signature=signature,
            code_paths=request["code_paths"] or None,
            pip_requirements=[_NO_REQUIREMENT],
            metadata=request["metadata"] or None,
            model_config=request["model_config"],
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
