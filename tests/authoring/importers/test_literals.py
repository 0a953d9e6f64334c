"""What a Python file states, without running it."""

# ruff: noqa: E501 - a case a line reads best

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from mlpack.authoring.importers.calls import CALLS, Table, Tensor
from mlpack.authoring.importers.examples import example_of, payload_example
from mlpack.authoring.importers.literals import NotLiteralError, read_script
from mlpack.authoring.importers.signatures import data_type, dtype_name

HEAD = """
import json, os
import mlflow
import numpy as np
import pandas as pd
from pathlib import Path
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import AnyType, Array, Map, Object, Property
"""


def value(text: str, name: str = "X") -> Any:
    return read_script(HEAD + text, PurePosixPath("pack/spec.py"), CALLS).named(name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X = {'a': [1, -2.5, None, True], 'b': ('c',)}", {"a": [1, -2.5, None, True], "b": ("c",)}),
        ("N = 3\nX = [N, N * 2]", [3, 6]),
        ("X: dict = dict(a=1)", {"a": 1}),
        ("A = {'a': 1}\nX = {**A, 'b': 2} | {'c': 3}", {"a": 1, "b": 2, "c": 3}),
        ("NAME = 'm'\nX = f'{NAME}-{2}.json'", "m-2.json"),
        ("X = json.loads('{\"a\": [1]}')", {"a": [1]}),
        ("X = Path('a') / 'b' / 'c'", PurePosixPath("a/b/c")),
        ("X = Path(__file__).resolve().parent / 'w'", PurePosixPath("pack/w")),
        ("X = os.path.join(os.path.dirname(__file__), 'w')", PurePosixPath("pack/w")),
        ("X = str(Path('a') / 'b')", "a/b"),
        ("C = {'k': {'n': 5}}\nX = C['k']['n']", 5),
        ("X = [1] + [2]", [1, 2]),
        ("X = pd.DataFrame({'a': [1, 2]})", Table(columns=("a",), rows=((1,), (2,)))),
        ("X = pd.DataFrame([{'a': 1}, {'b': 2}])", Table(columns=("a", "b"), rows=((1, None), (None, 2)))),
        ("X = pd.DataFrame([[1, 2]], columns=['a', 'b'])", Table(columns=("a", "b"), rows=((1, 2),))),
        ("X = pd.DataFrame({'a': 'x'}, index=[0])", Table(columns=("a",), rows=(("x",),))),
        ("X = np.array([[1, 2]], dtype=np.float32)", Tensor(values=[[1, 2]])),
        ("X = np.zeros((1, 2))", Tensor(values=[[0.0, 0.0]])),
    ],
)  # fmt: skip
def test_literal_values_are_read(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X = compute()", "compute(…)"),
        ("X = os.environ['A']", "not defined"),
        ("X = os.getenv('A')", "os.getenv"),
        ("X = 1\nX = 2", "more than once"),
        ("for X in [1]:\n    pass", "more than once"),
        ("with open('a') as X:\n    pass", "computed"),
        ("X = Y\nY = X", "defined in terms of itself"),
        ("X = [a for a in (1, 2)]", "computes it"),
        ("X = pd.read_csv('a.csv')", "pd.read_csv"),
        ("X = np.zeros((1000, 1000))", "computes it"),
        ("X = pd.DataFrame({'a': [1], 'b': [1, 2]})", "computes it"),
        ("X = b'a'", "not a value that YAML can express"),
        ("X = 1 if True else 2", "computes it"),
        ("X = " + "[" * 70 + "]" * 70, "nested too deeply"),
        ("X = UNKNOWN", "not defined"),
        ("X = {(1, 2): 3}", "not a string or a number"),
        ("X = f'{1:03d}'", "formats it"),
        ("X = mlflow.models.infer_signature([1])", "infer_signature"),
    ],
)
def test_computed_values_are_named_as_such(text: str, why: str) -> None:
    with pytest.raises(NotLiteralError, match=".*".join(map(_escaped, [why]))):
        value(text)


def _escaped(text: str) -> str:
    import re

    return re.escape(text)


SIGNATURES = [
    (
        "Schema([ColSpec('string', 'a'), ColSpec(DataType.long, name='b', required=False)])",
        [{"type": "string", "name": "a", "required": True},
         {"type": "long", "name": "b", "required": False}],
    ),
    ("Schema(inputs=[ColSpec(type='double')])", [{"type": "double", "required": True}]),
    ("Schema([ColSpec('string', 'a', False)])",
     [{"type": "string", "name": "a", "required": False}]),
    (
        "Schema([TensorSpec(np.dtype('float32'), (-1, 4), 'e'), TensorSpec(np.dtype(np.int64), [-1], 'n')])",
        [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}, "name": "e"},
         {"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}, "name": "n"}],
    ),
    ("Schema([ColSpec(Array(DataType.double), 'a')])",
     [{"type": "array", "items": {"type": "double"}, "name": "a", "required": True}]),
    (
        "Schema([ColSpec(Object([Property('x', DataType.string), Property('y', 'long', required=False)]), 'o')])",
        [{"type": "object", "name": "o", "required": True, "properties": {
            "x": {"type": "string", "required": True}, "y": {"type": "long", "required": False}}}],
    ),
    ("Schema([ColSpec(Map(Array('string')), 'm'), ColSpec(AnyType(), 'z')])",
     [{"type": "map", "values": {"type": "array", "items": {"type": "string"}}, "name": "m",
       "required": True}, {"type": "any", "name": "z", "required": True}]),
    (
        "ParamSchema([ParamSpec('n', 'long', 3), ParamSpec('l', DataType.string, ['a'], shape=(-1,))])",
        [{"name": "n", "type": "long", "default": 3, "shape": None},
         {"name": "l", "type": "string", "default": ["a"], "shape": [-1]}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SIGNATURES, ids=range(len(SIGNATURES)))
def test_constructors_of_signatures_are_read(text: str, expected: Any) -> None:
    assert value(f"X = {text}") == expected


def test_a_whole_signature_is_read_through_aliases() -> None:
    text = """
from mlflow.types import schema as s
from mlflow.types.schema import ColSpec as C
INPUTS = Schema([C("string", "a")])
X = mlflow.models.ModelSignature(inputs=INPUTS, outputs=s.Schema([s.ColSpec("long")]))
"""
    found = value(text)
    assert found["inputs"] == [{"type": "string", "name": "a", "required": True}]
    assert found["outputs"] == [{"type": "long", "required": True}]
    assert found["params"] is None


@pytest.mark.parametrize("text", ["ColSpec('int64', 'a')", "ColSpec('string', 'a', wrong=1)"])
def test_what_mlflow_would_refuse_is_no_signature(text: str) -> None:
    with pytest.raises(NotLiteralError):
        value(f"X = {text}")


def test_older_lines_say_optional() -> None:
    assert value("X = ColSpec('string', 'a', optional=True)")["required"] is False


@pytest.mark.slow
@pytest.mark.network
@pytest.mark.parametrize(("text", "expected"), SIGNATURES, ids=range(len(SIGNATURES)))
def test_mlflow_makes_the_same_of_them(text: str, expected: Any, cache: Path) -> None:
    import json
    import subprocess

    from tests.lines import NEWEST, line_environment

    program = f"{HEAD}\nprint(({text}).to_json())"
    python = line_environment(cache, NEWEST).python
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.splitlines()[-1])
    assert [
        {k: v for k, v in field.items() if (k, v) != ("name", None)} for field in theirs
    ] == expected


def test_types_and_dtypes_have_mlflows_names() -> None:
    assert data_type("long") == {"type": "long"}
    assert dtype_name("float") == "float64"
    with pytest.raises(ValueError, match="int64"):
        data_type("int64")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(pd.DataFrame({'a': [1]}), {'n': 2})", {"dataframe_records": [{"a": 1}], "params": {"n": 2}}),
        ("pd.DataFrame([[1, 2]])", {"dataframe_split": {"columns": [0, 1], "data": [[1, 2]]}}),
        ("pd.DataFrame({'input_uri': ['cells.h5ad']})", {"input_uri": "cells.h5ad"}),
        ("pd.DataFrame({'input_uri': ['missing.h5ad']})", {"dataframe_records": [{"input_uri": "missing.h5ad"}]}),
        ("pd.DataFrame({'input_uri': ['s3://b/x']})", {"input_uri": "s3://b/x"}),
        ("np.array([[1.0]])", {"inputs": [[1.0]]}),
        ("{'a': np.array([1])}", {"inputs": {"a": [1]}}),
        ("['x', 'y']", {"inputs": ["x", "y"]}),
        ("[{'a': 1}]", {"dataframe_records": [{"a": 1}]}),
    ],
)  # fmt: skip
def test_examples_take_the_manifests_form(text: str, expected: Any, tmp_path: Path) -> None:
    (tmp_path / "cells.h5ad").write_text("")
    assert example_of(value(f"X = {text}"), tmp_path) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"dataframe_split": {"columns": ["a"], "data": [[1]]}, "params": {"n": 1}},
            {"dataframe_records": [{"a": 1}], "params": {"n": 1}},
        ),
        ({"dataframe_records": [{"a": 1}]}, {"dataframe_records": [{"a": 1}]}),
        ({"instances": [1]}, {"inputs": [1]}),
        ({"inputs": {"a": [1]}, "params": {}}, {"inputs": {"a": [1]}}),
        ({"dataframe_split": {"data": [[1, 2]]}}, {"dataframe_split": {"columns": [0, 1], "data": [[1, 2]]}}),
    ],
)  # fmt: skip
def test_payloads_take_the_manifests_form(payload: Any, expected: Any, tmp_path: Path) -> None:
    assert payload_example(payload, tmp_path) == expected


@pytest.mark.parametrize("payload", [[1], {"a": 1}, "x"])
def test_what_is_no_payload_is_refused(payload: Any, tmp_path: Path) -> None:
    with pytest.raises(NotLiteralError):
        payload_example(payload, tmp_path)
