"""What an importer claims to be complete is built, and predicts what the source's model does.

Packaging folders are in ``test_parity``, saved models and command lines in ``test_round_trip``,
notebooks in ``test_notebooks``.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.authoring.importers.reading import write
from tests.authoring.importers.test_recording import MODEL, script
from tests.conftest import Mlpack

pytestmark = [pytest.mark.slow, pytest.mark.network]

STATIC = """
import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from model_code.m import Model

mlflow.pyfunc.save_model(
    "out/net",
    python_model=Model(4, names=["a"]),
    code_paths=["model_code"],
    signature=ModelSignature(
        Schema([ColSpec("double", "x")]), Schema([ColSpec("double", "x")])
    ),
    input_example=pd.DataFrame({"x": [1.5]}),
    pip_requirements="requirements.in",
)
"""
NEEDS = {
    "requirements": ("requirements.txt", "mlflow-skinny==3.17.2\npandas\nnumpy\n"),
    "project": (
        "pyproject.toml",
        """
        [project]
        name = "net"
        version = "1"
        requires-python = "==3.11.*"
        dependencies = ["mlflow-skinny==3.17.2", "pandas", "numpy"]
        """,
    ),
    "poetry": (
        "pyproject.toml",
        """
        [tool.poetry]
        name = "net"
        version = "1"
        [tool.poetry.dependencies]
        python = "~3.11"
        mlflow-skinny = "3.17.2"
        pandas = "*"
        numpy = "*"
        """,
    ),
    "conda": (
        "conda.yaml",
        """
        name: net
        dependencies: [python=3.11, pip, {pip: [mlflow-skinny==3.17.2, pandas, numpy]}]
        """,
    ),
}
REST = """
signature:
  inputs: [{name: x, type: double}]
  outputs: [{name: x, type: double}]
input_example:
  dataframe_records: [{x: 1.5}]
"""


def predicted(package: Path, mlpack: Mlpack, **row: object) -> object:
    payload = package.parent / "in.json"
    payload.write_text(json.dumps({"dataframe_records": [row]}))
    done = mlpack("predict", package, "-i", payload)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["predictions"]


def built(root: Path, mlpack: Mlpack) -> None:
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr


def test_a_script_by_its_text(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path / "net", STATIC)
    done = mlpack("import", "package.py", "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "Fix this before building" not in done.stderr
    built(root, mlpack)
    assert predicted(root / "dist/net", mlpack, x=2.0) == [{"x": 8.0}]


def test_a_script_by_running_it(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path / "net")
    words = ["import", "--write", "--run", "--", "python", "package.py", "a", "b"]
    done = mlpack(*words, cwd=root)
    assert done.returncode == 0, done.stderr
    assert "Fix this before building" not in done.stderr
    built(root, mlpack)
    for name in ("a", "b"):
        (package,) = (root / "dist").glob(f"*net-{name}")
        assert predicted(package, mlpack, x=2.0, note="n") == [{"x": 6.0}]


@pytest.mark.parametrize("kind", NEEDS)
def test_a_file_of_dependencies_beside_a_class(kind: str, tmp_path: Path, mlpack: Mlpack) -> None:
    name, text = NEEDS[kind]
    root = beside_a_class(tmp_path / "net", {name: text})
    completed(root, name, mlpack)


def test_the_pins_of_a_lock_of_uv(tmp_path: Path, mlpack: Mlpack) -> None:
    name, text = NEEDS["project"]
    root = beside_a_class(tmp_path / "net", {name: text})
    subprocess.run([find_uv_bin(), "lock", "--quiet"], cwd=root, check=True)
    completed(root, name, mlpack)
    pinned = re.search(r'name = "pandas"\nversion = "([^"]+)"', (root / "uv.lock").read_text())
    assert pinned is not None
    assert f"pandas=={pinned[1]}" in (root / "dist/net/requirements.txt").read_text()


def beside_a_class(root: Path, files: dict[str, str]) -> Path:
    model = MODEL.replace("self, depth, names=()", "self").replace("= depth", "= 3")
    return write(root, {**files, "model_code/__init__.py": "", "model_code/m.py": model})


def completed(root: Path, name: str, mlpack: Mlpack) -> None:
    done = mlpack("import", name, "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    manifest = root / "mlpack.yaml"
    manifest.write_text(manifest.read_text() + REST)
    built(root, mlpack)
    assert predicted(root / "dist/net", mlpack, x=2.0) == [{"x": 6.0}]
