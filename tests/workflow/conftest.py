"""Small projects that build for real, sharing one environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import ROOT

Project = Callable[..., Path]

MODEL = """
import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * 2
"""

MANIFEST = """
mlpack: 1
name: doubler
version: "1.0"
model: model_code.doubler:Doubler
signature:
  inputs: [{name: x, type: double}]
  outputs: [{name: x, type: double}]
input_example:
  dataframe_records: [{x: 1.5}, {x: 2.0}]
python: "3.11"
dependencies: [mlflow-skinny==3.17.2, pandas, numpy]
"""


def write_project(root: Path, *, model: str = MODEL, manifest: str = MANIFEST) -> Path:
    """Write a project with one model file; return its folder."""
    (root / "model_code").mkdir(parents=True, exist_ok=True)
    (root / "model_code/__init__.py").write_text("")
    (root / "model_code/doubler.py").write_text(dedent(model).lstrip())
    (root / "mlpack.yaml").write_text(dedent(manifest).lstrip())
    return root


@pytest.fixture(scope="session")
def shared_lock(cache: Path) -> Path:
    """One lock for all small projects: they ask for the same packages."""
    from filelock import FileLock

    project = cache / "shared-project"
    with FileLock(cache / "shared-project.lock"):
        if not (project / "mlpack.lock").exists():
            write_project(project)
            environment = {**os.environ, "PYTHONPATH": str(ROOT)}
            subprocess.run(
                [sys.executable, "-m", "mlpack", "lock"], cwd=project, env=environment, check=True
            )
    return project / "mlpack.lock"


@pytest.fixture
def project(tmp_path: Path, shared_lock: Path) -> Project:
    """Make a small project whose packages are locked already."""

    def make(*, model: str = MODEL, manifest: str = MANIFEST, name: str = "project") -> Path:
        root = write_project(tmp_path / name, model=model, manifest=manifest)
        (root / "mlpack.lock").write_bytes(shared_lock.read_bytes())
        return root

    return make
