"""Each line of MLflow builds, as code and as a pickle, and its packages load through it alone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from filelock import FileLock

from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, write_project

pytestmark = [pytest.mark.slow, pytest.mark.network]

# The whole of MLflow once; the other lines in their light form, which needs fewer packages.
LINES = {
    "2.20.0": "mlflow==2.20.0",
    "3.1.0": "mlflow-skinny==3.1.0, pandas, numpy",
    "3.17.2": "mlflow-skinny==3.17.2, pandas, numpy",
}
MODEL = """
import json

import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def __init__(self, factor):
        self.factor = factor

    def load_context(self, context):
        with open(context.artifacts["offset"]) as file:
            self.offset = json.load(file) + context.model_config["more"]

    def predict(self, context, model_input, params=None):
        times = (params or {}).get("times", 1)
        return (model_input[["x"]] * self.factor + self.offset) * times
"""
MORE = """
artifacts: {offset: data/offset.json}
model_config: {more: 1}
metadata: {license: MIT}
tags: {team: scales}
"""
LOAD = """
import json, sys
import mlflow, mlflow.pyfunc, pandas
model = mlflow.pyfunc.load_model(sys.argv[1])
found = model.predict(pandas.DataFrame({"x": [1.0, 2.0]}), params={"times": 3})
print(json.dumps([mlflow.__version__, found["x"].tolist()]))
"""


def manifest(line: str, serialization: str) -> str:
    text = MANIFEST.replace("mlflow-skinny==3.17.2, pandas, numpy", LINES[line])
    text = text.replace(
        "model: model_code.doubler:Doubler",
        "model: {class: 'model_code.doubler:Doubler', init: {factor: 2}}",
    )
    text = text.replace(
        "  outputs:", "  params: [{name: times, type: long, default: 1}]\n  outputs:"
    )
    return f"{text}{MORE}build: {{serialization: {serialization}}}\n"


def line_lock(cache: Path, line: str) -> Path:
    """Return a lock for this line, resolved once."""
    project = cache / f"line-project-{line}"
    with FileLock(cache / f"line-project-{line}.lock"):
        if not (project / "mlpack.lock").exists():
            write_line(project, line, "code")
            subprocess.run(
                [sys.executable, "-m", "mlpack", "lock"],
                cwd=project, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True,
            )  # fmt: skip
    return project / "mlpack.lock"


def write_line(root: Path, line: str, serialization: str) -> Path:
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "data/offset.json").write_text("10")
    return write_project(root, model=MODEL, manifest=manifest(line, serialization))


@pytest.mark.parametrize("serialization", ["code", "pickle"])
@pytest.mark.parametrize("line", LINES)
def test_a_line_of_mlflow(
    line: str, serialization: str, tmp_path: Path, cache: Path, mlpack: Mlpack
) -> None:
    root = write_line(tmp_path / "project", line, serialization)
    (root / "mlpack.lock").write_bytes(line_lock(cache, line).read_bytes())
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr
    package = tmp_path / "moved here"
    shutil.move(root / "dist/doubler", package)
    shutil.rmtree(root)

    described = yaml.safe_load((package / "MLmodel").read_text())
    assert described["mlflow_version"] == line
    flavor = described["flavors"]["python_function"]
    kind = "code_model" if serialization == "code" else "model"
    assert flavor["loader_module"].endswith(kind)
    assert (package / "python_model.pkl").exists() == (serialization == "pickle")
    assert described["metadata"]["tags"] == {"team": "scales"}
    assert json.loads(described["signature"]["params"])[0]["name"] == "times"

    loaded = subprocess.run(
        [python_of(cache, line), "-c", LOAD, package],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert loaded.returncode == 0, loaded.stderr
    assert json.loads(loaded.stdout.splitlines()[-1]) == [line, [39.0, 45.0]]


def python_of(cache: Path, line: str) -> Path:
    """Return the interpreter of a kept environment that has this line of MLflow."""
    name = LINES[line].split("==")[0].replace("-", "_")
    for found in sorted(cache.glob(f"environments/*/lib/python*/site-packages/{name}-{line}.*")):
        if (found.parents[3] / "mlpack-complete").exists():
            return found.parents[3] / "bin/python"
    raise AssertionError(f"no kept environment has MLflow {line}")
