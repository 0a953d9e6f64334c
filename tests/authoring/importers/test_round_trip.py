"""From a manifest to a package, from the package to a manifest, and to a package again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlpack.core.digest import tree_digest
from mlpack.package.reading import PackageFacts, read_package
from tests.authoring.importers.reading import write
from tests.conftest import ROOT, Mlpack

pytestmark = [pytest.mark.slow, pytest.mark.network]

MANIFEST = """
mlpack: 1
name: nested
version: "2.0"
description: Keeps every kind of key.
model: {class: model_code.m:Model, init: {depth: 3, names: [a, "3.10", null], deep: {x: 1.0e-5}}}
code_paths: [model_code, helper.py]
model_config: {unit: mm, levels: [1, 2.5, {a: null}]}
artifacts: {first: data/a/w.json, second: data/b/w.json, folder: data}
signature:
  inputs:
    - {name: x, type: double}
    - {name: tags, type: array, items: {type: string}, required: false}
    - {name: spot, type: object, properties: {a: {type: long}, b: {type: string, required: false}}}
  outputs: [{name: x, type: double}]
  params:
    - {name: times, type: long, default: 2}
    - {name: names, type: string, default: [a, b], shape: [-1]}
input_example:
  dataframe_records: [{x: 1.5, tags: [a], spot: {a: 1}}, {x: 2.5, tags: [b, c], spot: {a: 2, b: y}}]
  params: {times: 3}
metadata: {license: MIT, numbers: {one: 1}}
tags: {team: cells, "yes": "no"}
python: "3.11"
dependencies: [mlflow-skinny==3.17.2, pandas, numpy]
"""
MODEL = """
import mlflow
from helper import times


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, depth, names=(), deep=None):
        self.depth = depth + len(names)

    def predict(self, context, model_input, params=None):
        return times(model_input[["x"]], self.depth * params["times"])
"""
FILES = {
    "mlpack.yaml": MANIFEST,
    "helper.py": "def times(a, b):\n    return a * b\n",
    "model_code/__init__.py": "",
    "model_code/m.py": MODEL,
    "data/a/w.json": "[1]",
    "data/b/w.json": "[2]",
}


def dependencies(facts: PackageFacts) -> Any:
    return facts.requirements


def rebuilt(project: Path, name: str, tmp_path: Path, mlpack: Mlpack) -> tuple[Path, Path, str]:
    """Build a project, import its package elsewhere and build that; return both, and the list."""
    first = mlpack("build", cwd=project)
    assert first.returncode == 0, first.stderr
    package = project / "dist" / name
    before = tree_digest(package).digest
    imported = mlpack("import", package, "-o", "again", "--write", cwd=tmp_path)
    assert imported.returncode == 0, imported.stderr
    assert tree_digest(package).digest == before
    second = mlpack("build", cwd=tmp_path / "again")
    assert second.returncode == 0, second.stderr
    return package, tmp_path / "again" / "dist" / name, imported.stderr


def test_a_package_comes_back_byte_for_byte(tmp_path: Path, mlpack: Mlpack) -> None:
    project = write(tmp_path / "project", FILES)
    old, new, said = rebuilt(project, "nested", tmp_path, mlpack)
    one, two = read_package(old), read_package(new)
    assert two.signature == one.signature
    assert two.flavor["artifacts"] == one.flavor["artifacts"]
    assert two.flavor["config"] == one.flavor["config"]
    assert dependencies(two) == dependencies(one)
    assert two.mlmodel["metadata"] == one.mlmodel["metadata"]
    assert tree_digest(new).digest == tree_digest(old).digest
    assert "Not carried over" not in said


def test_the_quickstart_comes_back_byte_for_byte(tmp_path: Path, mlpack: Mlpack) -> None:
    project = shutil.copytree(ROOT / "examples" / "quickstart", tmp_path / "quickstart")
    old, new, said = rebuilt(project, "quickstart", tmp_path, mlpack)
    assert tree_digest(new).digest == tree_digest(old).digest
    assert (tmp_path / "again" / "data" / "flowers.csv").is_file()
    assert "Not carried over" not in said
    told = mlpack("inspect", new, "--format", "json", cwd=tmp_path)
    assert json.loads(told.stdout)["ok"] is True


PACKAGER = """
import argparse
import os
import mlflow
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
from model_code.m import Model

CONDA = {
    "name": "serving", "channels": ["conda-forge"],
    "dependencies": ["python=3.11", "numpy=1.26.4", "pandas=2.2", "pip",
                     {"pip": ["mlflow-skinny==3.17.2"]}],
}
DEPTHS = {"human": 3, "mouse": 5}


def package(name, depth, args):
    columns = Schema([ColSpec("double", "x")])
    mlflow.pyfunc.save_model(
        args.out + "/" + name, python_model=Model(depth), code_paths=["model_code"],
        conda_env=CONDA, signature=ModelSignature(columns, columns),
        input_example=pd.DataFrame({"x": [1.5]}), model_config={"unit": os.environ["UNIT"]},
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    for name, depth in DEPTHS.items():
        package(name, depth, args)


if __name__ == "__main__":
    main()
"""
DEEP = """
import mlflow
import numpy as np


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, depth):
        self.depth = depth

    def predict(self, context, model_input, params=None):
        assert np.__version__ == "1.26.4", np.__version__
        return model_input[["x"]] * self.depth
"""


def test_a_command_with_a_loop_and_a_conda_environment_builds(
    tmp_path: Path, mlpack: Mlpack
) -> None:
    files = {"package.py": PACKAGER, "model_code/__init__.py": "", "model_code/m.py": DEEP}
    root = write(tmp_path / "net", files)
    words = ["UNIT=mm", "poetry", "run", "python", "package.py", "--out", "out"]
    imported = mlpack("import", "--write", "--", *words, cwd=root)
    assert imported.returncode == 0, imported.stderr
    assert "--run" not in imported.stderr
    assert "conda's channels (conda-forge)" in imported.stderr
    built = mlpack("build", cwd=root)
    assert built.returncode == 0, built.stderr
    payload = {"dataframe_records": [{"x": 2.0}]}
    (root / "in.json").write_text(json.dumps(payload))
    for name, answer in (("human", '{"x": 6.0}'), ("mouse", '{"x": 10.0}')):
        package = root / "dist" / f"net-{name}"
        assert read_package(package).flavor["config"] == {"unit": "mm"}
        said = mlpack("predict", package, "-i", "in.json", cwd=root)
        assert answer in said.stdout, said.stderr
