"""The adopt task: describe a saved model of any flavor anew; nothing of it is loaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .agents import access
from .casting import conversions
from .exact import make_exact
from .importing import uncollected
from .inputs import add_example
from .save import new_model
from .signature import declared_signature, to_fields

# What MLflow writes around the requirements, which are put in afterwards.
_CONDA = "name: mlflow-env\nchannels:\n- conda-forge\n"
_PYTHON_ENV = "python: ''\nbuild_dependencies: []\ndependencies:\n- -r requirements.txt\n"


def adopt(request: dict[str, Any], stage: Callable[[str], None]) -> dict[str, Any]:
    """Write what is new of the package to ``destination``: all but the saved model's own files."""
    with uncollected():
        import mlflow
        import mlflow.pyfunc

    package = Path(request["destination"])
    stage("signature")
    model = new_model(request)
    model.signature = declared_signature(request)
    model.flavors = _flavors(request)
    model.model_size_bytes = 0
    for name, value in access(request).items():
        setattr(model, name, value)
    package.mkdir(parents=True)
    (package / "conda.yaml").write_text(_CONDA, encoding="utf-8")
    (package / "python_env.yaml").write_text(_PYTHON_ENV, encoding="utf-8")
    stage("example")
    with tempfile.TemporaryDirectory() as scratch, conversions() as warnings:
        add_example(model, request, Path(scratch))
    stage("save")
    make_exact(model, request)
    return {
        "signature": to_fields(model.signature),
        "mlflow_version": mlflow.__version__,
        "agent": None,
        "warnings": warnings,
    }


def _flavors(request: dict[str, Any]) -> dict[str, Any]:
    flavor = dict(request["flavors"]["python_function"])
    flavor["env"] = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
    if request["model_config"] is not None:
        flavor["config"] = request["model_config"]
    return {**request["flavors"], "python_function": flavor}
