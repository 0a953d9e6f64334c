"""Requests with sensible defaults, and packages saved once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.models import WorkerModels
from mlpack.ports import Environment, ExampleData, Isolation, SaveRequest
from tests.lines import NEWEST, line_environment

PROJECTS = Path(__file__).parent / "projects"
SIGNATURE = {
    "inputs": [
        {"name": "a", "type": "long", "required": True},
        {"name": "b", "type": "double", "required": True},
    ],
    "outputs": [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}}],
    "params": [{"name": "times", "type": "long", "default": 1, "shape": None}],
}
TEXT_SIGNATURE = {
    "inputs": [{"name": "text", "type": "string", "required": True}],
    "outputs": [{"type": "string", "required": True}],
    "params": [{"name": "deed", "type": "string", "default": "", "shape": None}],
}


def scaler_request(stage: Path, **changes: Any) -> SaveRequest:
    """Stage the scaler's code below ``stage`` and ask for it to be saved there."""
    code = stage / "code"
    shutil.copytree(PROJECTS / "scaler", code)
    values: dict[str, Any] = {
        "destination": stage / "package",
        "module": "scaling.model",
        "qualname": "Scaler",
        "init": {"scale": 2.5, "labels": ["x", "y", "z"], "options": {"b": [1, None], "a": True}},
        "init_from_config": False,
        "code_paths": (code / "scaling", code / "save.py"),
        "serialization": "code",
        "signature": SIGNATURE,
        "signature_file": None,
        "example": ExampleData(
            kind="dataframe_records", value=[{"b": 2, "a": 1}], params={"times": 2}
        ),
        "model_config": {"unit": "mm"},
        "metadata": {"tags": {"team": "scales"}},
        "resources": None,
        "auth_policy": None,
        "requirements": (
            "mlflow==3.17.2 --hash=sha256:" + "0" * 64,
            "cloudpickle==2.9.9 ; python_full_version >= '3' --hash=sha256:" + "1" * 64,
            "setuptools==81.0.0 --hash=sha256:" + "2" * 64,
        ),
        "artifacts": {"offset": "artifacts/offset.json"},
        "artifact_bytes": 3,
        "python": "3.11.99",
        "model_id": "0123456789abcdef" * 2,
        "build_time": 1_700_000_000,
    }
    return SaveRequest(**{**values, **changes})


def unruly_request(stage: Path, **changes: Any) -> SaveRequest:
    """Stage the unruly models and ask for one of them to be saved."""
    stage.mkdir(parents=True, exist_ok=True)
    shutil.copytree(PROJECTS / "unruly", stage / "unruly-code")
    defaults: dict[str, Any] = {
        "module": "unruly.model",
        "qualname": "Unruly",
        "init": {},
        "code_paths": (stage / "unruly-code" / "unruly",),
        "signature": TEXT_SIGNATURE,
        "example": ExampleData(kind="dataframe_records", value=[{"text": "hello"}]),
        "artifacts": {"deed": "artifacts/deed.txt"},
    }
    return scaler_request(stage, **{**defaults, **changes})


@pytest.fixture(scope="session")
def newest(cache: Path) -> Environment:
    """The environment with the newest line of MLflow."""
    return line_environment(cache, NEWEST)


@pytest.fixture
def models(tmp_path: Path) -> WorkerModels:
    """The runner, its rooms in the test's own folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return WorkerModels(scratch)


@pytest.fixture(scope="session")
def unruly_package(tmp_path_factory: pytest.TempPathFactory, newest: Environment) -> Path:
    """A saved package of the unruly model; to be copied, not touched."""
    request = unruly_request(tmp_path_factory.mktemp("unruly"))
    WorkerModels().save(newest, request, Isolation())
    (request.destination / "artifacts").mkdir()
    (request.destination / "artifacts" / "deed.txt").write_text("")
    return request.destination


@pytest.fixture
def unruly(tmp_path: Path, unruly_package: Path) -> Callable[[str], Path]:
    """Make a copy of the unruly package that performs a deed in load_context."""

    def make(deed: str = "") -> Path:
        package = shutil.copytree(unruly_package, tmp_path / "unruly")
        (package / "artifacts" / "deed.txt").write_text(deed)
        return package

    return make
