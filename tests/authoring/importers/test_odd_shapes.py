"""Files whose values have other shapes than anybody expects: a refusal at the most, never a bug."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.authoring.importers import IMPORTERS, Source
from mlpack.authoring.importers.text import manifest_text
from mlpack.core.errors import MlpackError
from tests.authoring.importers.reading import MODEL, write
from tests.packages import mlmodel, write_package

ODD: list[Any] = [None, True, 3, 1.5, "x", "", [], [1], {}, {"a": [None]}, [{"b": {}}], "a\nb"]
SIGNED = {"inputs": json.dumps([{"name": "x", "type": "double", "required": True}])}

FILES = {
    "conda.yaml": {"dependencies": ["python=3.11", {"pip": ["mlflow"]}]},
    "MLproject": {"python_env": "python_env.yaml", "entry_points": {"main": {"command": "x"}}},
    "python_env.yaml": {"python": "3.11", "dependencies": ["mlflow"]},
    "packaging_metadata.yaml": {
        "model_name": "m", "model_version": 1, "python": "3.11", "description": "d",
        "variants": {"a": {"flags": "--model-class m:Model"}, "b": ["--model-tag", "a=b"]},
    },
}  # fmt: skip
TABLES = {
    "pyproject.toml": {
        "project": {"dependencies": ["a"], "dynamic": [], "optional-dependencies": {"a": ["b"]}},
        "tool": {"poetry": {"dependencies": {"a": {"version": "1", "extras": ["b"]}}, "group": {}}},
    },
    "uv.lock": {
        "package": [
            {"name": "a", "version": "1", "source": {"registry": "r"}, "resolution-markers": ["m"]},
            {"name": "b", "source": {"virtual": "."}, "dependencies": [{"name": "a", "extra": []}]},
        ]
    },
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    made = copy.deepcopy(value)
    home = made
    for key in path[:-1]:
        home = home[key]
    home[path[-1]] = new
    return made


def toml(value: Any, name: str = "") -> str:
    """Return inline TOML; null becomes an empty text."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return json.dumps("" if value is None else value)


def read_all(folder: Path, word: str) -> None:
    source = Source(words=(word,), folder=folder)
    for importer in IMPORTERS.values():
        try:
            if importer.recognises(source):
                manifest_text(importer.read(source))
        except MlpackError as error:
            assert error.exit_code in (2, 7)


@pytest.mark.parametrize("name", FILES)
def test_yaml_of_any_shape(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"m.py": MODEL})
    for path in places(FILES[name]):
        for new in ODD:
            text = yaml.safe_dump(changed(FILES[name], path, new))
            write(tmp_path, {name: text})
            read_all(tmp_path, name)


@pytest.mark.parametrize("name", TABLES)
def test_toml_of_any_shape(tmp_path: Path, name: str) -> None:
    for path in places(TABLES[name]):
        for new in ODD:
            content = changed(TABLES[name], path, new)
            if isinstance(content, dict):
                lines = [f"{key} = {toml(value)}" for key, value in content.items()]
                (tmp_path / name).write_text("\n".join(lines))
                read_all(tmp_path, name)


CELL = {"cell_type": "code", "source": ["# pyfunc mlflow save_model\n", "%pip install x\n"]}
NOTEBOOK = {"cells": [CELL], "metadata": {"language_info": {"name": "python", "version": "3.11"}}}


def test_notebooks_of_any_shape(tmp_path: Path) -> None:
    for path in places(NOTEBOOK):
        for new in ODD:
            content = [changed(NOTEBOOK, path, new), "pyfunc mlflow save_model"]
            write(tmp_path, {"n.ipynb": json.dumps(content[0])})
            read_all(tmp_path, "n.ipynb")


DECLARED = """
import argparse, mlflow
from m import Model
parser = argparse.ArgumentParser({parser})
{more}
args = parser.parse_args()
mlflow.pyfunc.save_model(args.a, python_model=Model())
"""


@pytest.mark.parametrize("parser", ["", "prefix_chars=''", "fromfile_prefix_chars='@'", "1, 2, 3",
                                    "argument_default=5", "parents=[1]", "x=1", "**K"])  # fmt: skip
@pytest.mark.parametrize(
    "more",
    ["parser.add_argument('a')", "parser.add_argument()", "parser.add_argument('a', nargs=0)",
     "parser.add_argument('a', nargs=-1)", "parser.add_argument(5)",
     "parser.add_argument('-a', dest=3)",
     "parser.add_argument('a', action='append', default=3)", "parser.add_argument('a', 'b')",
     "parser.add_argument('--a', action='store_true', type=int)", "parser.add_argument('', '')",
     "parser.add_argument('a', choices=5)", "parser.add_argument('a', nargs='A...')",
     "parser.set_defaults(a=[1], **K)", "parser.add_argument('a', action='extend', nargs='*')",
     "parser.add_argument(*NAMES)", "parser.add_argument('a', default=parser)"],
)  # fmt: skip
def test_parsers_of_any_shape(tmp_path: Path, parser: str, more: str) -> None:
    text = DECLARED.format(parser=parser, more=more)
    write(tmp_path, {"m.py": MODEL, "package.py": text})
    for arguments in ((), ("x",), ("--a", "y"), ("@f",)):
        source = Source(words=("package.py", *arguments), folder=tmp_path)
        try:
            manifest_text(IMPORTERS["script"].read(source))
        except MlpackError as error:
            assert error.exit_code == 2


def test_calls_without_end(tmp_path: Path) -> None:
    each = "def f{}(x):\n    f{}(x)\n    f{}(x)\n    f9(x)\n"
    many = "".join(each.format(n, (n + 1) % 9, (n + 2) % 9) for n in range(9))
    text = f"import mlflow\n{many}def f9(x):\n    mlflow.pyfunc.save_model('m', python_model=x)\n"
    text += f"f9(f3(1))\ny = {' + '.join(['1'] * 900)}\nf9(y)\ndef g(): return g()\nf9(g())\n"
    write(tmp_path, {"package.py": text})
    read_all(tmp_path, "package.py")


def test_models_of_any_shape(tmp_path: Path) -> None:
    whole = mlmodel(signature=SIGNED, saved_input_example_info={
        "artifact_path": "input_example.json", "type": "dataframe", "pandas_orient": "split",
    })  # fmt: skip
    write_package(tmp_path / "model")
    chosen = random.Random(7)
    for path in places(whole):
        for new in chosen.sample(ODD, 5):
            (tmp_path / "model" / "MLmodel").write_text(yaml.safe_dump(changed(whole, path, new)))
            read_all(tmp_path, "model")


@pytest.mark.parametrize("file", ["input_example.json", "python_env.yaml", "conda.yaml"])
def test_models_with_files_of_any_shape(tmp_path: Path, file: str) -> None:
    info = {"artifact_path": "input_example.json", "type": "dataframe"}
    write_package(tmp_path / "model", saved_input_example_info=info)
    shapes = [*ODD, {"columns": 1, "data": 2}, {"data": [1]}, {"dataframe_split": {"data": [1]}},
              {"dataframe_split": {"columns": ["a"], "data": [[1, 2], 3]}},
              {"dependencies": 5}, {"python": [1]}]  # fmt: skip
    for shape in shapes:
        (tmp_path / "model" / file).write_text(json.dumps(shape))
        read_all(tmp_path, "model")
