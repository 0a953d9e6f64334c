"""Notebooks, and scripts that were notebooks, are sources like any other script."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import MODEL, left, read, values, write
from tests.conftest import Mlpack

INSTALL = "%pip install -q mlflow-skinny==3.17.2 pandas \\\n    numpy\n!ls -l"
CLASS = """
import mlflow
import pandas as pd
from typing import Any
from helper import scaled

OFFSET = 2
UNUSED = open("nowhere")


def shift(frame, by=OFFSET):
    return frame + by


class Shift(mlflow.pyfunc.PythonModel):
    def __init__(self, factor):
        self.factor = factor

    def predict(self, context, model_input, params=None):
        return shift(scaled(model_input[["x"]], self.factor))
"""
SAVING = """
%matplotlib inline
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema
columns = Schema([ColSpec("double", "x")])
for factor in (2, 3):
    display(factor)
    mlflow.pyfunc.log_model(
        name=f"shift-{factor}",
        python_model=Shift(factor),
        signature=ModelSignature(columns, columns),
        input_example=pd.DataFrame({"x": [1.0, 2.5]}),
    )
"""
CELLS = (INSTALL, CLASS, SAVING)
HELPER = "def scaled(frame, factor):\n    return frame * factor\n"


def notebook(*cells: str, language: str = "python", version: str = "3.11.4") -> str:
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "source": ["# Shift\n"]}]
    for cell in cells:
        lines = cell.strip("\n").splitlines(keepends=True)
        made.append({"cell_type": "code", "source": lines, "outputs": [], "execution_count": 1})
    info = {"language_info": {"name": language, "version": version}}
    return json.dumps({"cells": made, "metadata": info, "nbformat": 4, "nbformat_minor": 5})


def converted(cells: tuple[str, ...]) -> str:
    """Return what `jupyter nbconvert --to script` makes of cells."""
    text = "#!/usr/bin/env python\n# coding: utf-8\n\n# # Shift\n"
    for number, cell in enumerate(cells, 1):
        text += f"\n# In[{number}]:\n\n\n"
        cell = cell.replace("\\\n", "")
        for line in cell.strip("\n").split("\n"):
            if line.startswith("%"):
                name, _, rest = line[1:].partition(" ")
                line = f"get_ipython().run_line_magic({name!r}, {rest!r})"
            if line.startswith("!"):
                line = f"get_ipython().system({line[1:]!r})"
            text += f"{line}\n"
    return text


def databricks(cells: tuple[str, ...]) -> str:
    parts = ["# Databricks notebook source\n# MAGIC %md\n# MAGIC # Shift"]
    for cell in cells:
        lines = cell.replace("\\\n", "").strip("\n").split("\n")
        parts.append("\n".join(f"# MAGIC {x}" if x[:1] in ("%", "!") else x for x in lines))
    return "\n\n# COMMAND ----------\n\n".join(parts)


FORMS = {
    "shift.ipynb": notebook(*CELLS),
    "nbconvert/shift.py": converted(CELLS),
    "cells/shift.py": "\n".join(f"# %%\n{cell.strip()}" for cell in CELLS),
    "bricks/shift.py": databricks(CELLS),
}


def project(root: Path, name: str, text: str) -> Path:
    write(root, {str(Path(name).with_name("helper.py")): HELPER})
    (root / name).write_text(text)
    return root / name


@pytest.mark.parametrize("form", FORMS)
def test_every_form_says_the_same(tmp_path: Path, form: str) -> None:
    path = project(tmp_path, form, FORMS[form])
    imported = read("script", path.parent, str(path))
    assert list(imported.variants) == ["shift-2", "shift-3"]
    found = values(imported, "shift-3")
    assert found["model"] == {"class": "shift_model:Shift", "init": {"factor": 3}}
    assert found["code_paths"] == ["shift_model.py", "helper.py"]
    assert found["dependencies"] == ["mlflow-skinny==3.17.2", "pandas", "numpy"]
    assert found["input_example"] == {"dataframe_records": [{"x": 1.0}, {"x": 2.5}]}
    assert found["python"] == "3.11"
    assert "the notebook's commands" in left(imported)
    assert "%matplotlib inline" in left(imported)
    assert "--run" not in left(imported)


def test_the_class_is_cut_out_with_what_it_uses(tmp_path: Path) -> None:
    path = project(tmp_path, "shift.ipynb", FORMS["shift.ipynb"])
    (file,) = read("script", tmp_path, str(path)).files
    text = file.content.decode()
    compile(text, "shift_model.py", "exec")
    assert str(file.path) == "shift_model.py"
    for kept in ("import mlflow\n", "OFFSET = 2", "def shift(", "from helper import scaled"):
        assert kept in text
    for left_out in ("UNUSED", "log_model", "Schema", "pip", "pandas", "typing"):
        assert left_out not in text


def test_what_the_cut_computes_is_named(tmp_path: Path) -> None:
    cells = ("import mlflow\nTABLE = open('t').read()", MODEL.replace("return model_input",
             "return TABLE"), "mlflow.pyfunc.save_model('m', python_model=Model())")  # fmt: skip
    path = project(tmp_path, "n.ipynb", notebook(*cells))
    said = left(read("script", tmp_path, str(path)))
    assert "`TABLE = open('t').read()` of line 2 of cell 1: the class uses it" in said


def test_lines_are_those_of_cells(tmp_path: Path) -> None:
    cells = ("import mlflow\nfrom m import Model", "x = 1\n%time\nmlflow.pyfunc.save_model(\n"
             "    'm', python_model=Model(), artifacts=find())")  # fmt: skip
    path = project(tmp_path, "n.ipynb", notebook(*cells))
    write(tmp_path, {"m.py": MODEL})
    assert "`artifacts`: line 4 of cell 2 computes it" in left(read("script", tmp_path, str(path)))


def test_requirements_of_the_call_go_before_what_is_installed(tmp_path: Path) -> None:
    call = "mlflow.pyfunc.save_model('m', python_model=Model(), pip_requirements=['mlflow'])"
    path = project(tmp_path, "n.ipynb", notebook("!pip install rich -U", MODEL, call))
    imported = read("script", tmp_path, str(path))
    assert values(imported)["dependencies"] == ["mlflow"]
    assert "`pip install rich`" in left(imported)


@pytest.mark.parametrize(
    ("magic", "kept"),
    [("%%time", True), ("%%capture out", True), ("%%bash", False), ("%%writefile m.py", False)],
)
def test_magics_of_whole_cells(tmp_path: Path, magic: str, kept: bool) -> None:
    saving = f"{magic}\nmlflow.pyfunc.save_model('second', python_model=Model())"
    first = "mlflow.pyfunc.save_model('first', python_model=Model())"
    path = project(tmp_path, "n.ipynb", notebook(MODEL, first, saving))
    imported = read("script", tmp_path, str(path))
    assert list(imported.variants) == (["first", "second"] if kept else [])
    assert magic in left(imported)


def test_a_folder_with_a_notebook(tmp_path: Path) -> None:
    project(tmp_path, "shift.ipynb", FORMS["shift.ipynb"])
    assert values(read("script", tmp_path))["dependencies"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{ pyfunc mlflow save_model", "is not a notebook"),
        (notebook("mlflow.pyfunc.save_model()", language="R"), "is a notebook in R"),
        (notebook("import mlflow\nmlflow.pyfunc.save_model("), "line 2 of cell 1"),
        (notebook("# mlflow.pyfunc.save_model()"), "does not save a pyfunc model"),
        (json.dumps({"cells": [{"cell_type": "code", "source": 5}, 3], "x": "mlflow save_model"}),
         "does not save a pyfunc model"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = project(tmp_path, "n.ipynb", text)
    with pytest.raises(UsageError, match=message):
        read("script", tmp_path, str(path))


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize("run", [(), ("--run",)])
def test_what_a_notebook_says_builds(tmp_path: Path, mlpack: Mlpack, run: tuple[str, ...]) -> None:
    project(tmp_path, "shift.ipynb", FORMS["shift.ipynb"].replace("UNUSED = open", "# "))
    done = mlpack("import", "shift.ipynb", "--write", *run, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Fix this before building" not in done.stderr
    built = mlpack("build", cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    name = next((tmp_path / "dist").glob("*-shift-3"))
    (tmp_path / "in.json").write_text(json.dumps({"dataframe_records": [{"x": 1.0}]}))
    answer = mlpack("predict", name, "-i", "in.json", cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == {"predictions": [{"x": 5.0}]}, "1.0 * 3 + 2"
