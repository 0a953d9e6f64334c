"""The worker's judgement of inputs and outputs, tried under each line of MLflow."""

# ruff: noqa: E501, RUF001 - a case a line reads best

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.lines import LINES, line_environment

pytestmark = [pytest.mark.slow, pytest.mark.network]

HERE = Path(__file__).parent
WORKER = HERE.parent.parent / "mlpack" / "_worker"


def column(kind: str, name: str = "x", *, required: bool = True) -> str:
    return repr({"type": kind, "name": name, "required": required})


def tensor(dtype: str, *shape: int, name: str | None = None) -> str:
    named = {} if name is None else {"name": name}
    return repr({"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": list(shape)}, **named})


def unnamed(kind: str) -> str:
    return repr({"type": kind, "required": True})


ARRAY = "{'type': 'array', 'items': {'type': 'double'}, 'name': 'x', 'required': True}"
OBJECT = (
    "{'type': 'object', 'name': 'x', 'required': True, 'properties': "
    "{'a': {'type': 'long', 'required': True}, 'b': {'type': 'string', 'required': False}}}"
)
MAP = "{'type': 'map', 'values': {'type': 'long'}, 'name': 'x', 'required': True}"
UNFIT = "refused: The output does not match the signature: "

OUTPUTS = [
    (f"[{tensor('float32', -1, 2)}]", "np.zeros((3, 2), 'float32')", "fits"),
    (f"[{tensor('float32', -1, 2)}]", "np.zeros((3, 2))", "the output is float64, not float32."),
    (
        f"[{tensor('float32', -1, 2)}]",
        "np.zeros((3, 4), 'float32')",
        "the output has the shape (3, 4), not (-1, 2).",
    ),
    (
        f"[{tensor('float32', -1, 2)}]",
        "np.zeros((3, 4))",
        "the output is float64, not float32 (and 1 more).",
    ),
    (
        f"[{tensor('float32', 1, -1)}]",
        "np.zeros(4, 'float32')",
        "the output has the shape (4,), not (1, -1).",
    ),
    (f"[{tensor('float32', -1, 2)}]", "[[1.5, 2], [3, 4]]", "fits"),
    (f"[{tensor('int64', -1)}]", "[1.5]", "the output is float64, not int64."),
    (
        f"[{tensor('float32', -1, 2)}]",
        "[[1.5], [3, 4]]",
        "the output is a list of lists of different lengths.",
    ),
    (
        f"[{tensor('float32', -1, 2)}]",
        "pd.DataFrame({'a': [1]})",
        "the output is of type pandas.DataFrame, and a tensor is declared.",
    ),
    (f"[{tensor('str', -1)}]", "np.array(['a', 'b'])", "fits"),
    (f"[{tensor('float32', -1, 2, name='e')}]", "np.zeros((3, 2), 'float32')", "fits"),
    (f"[{tensor('float32', -1, 2, name='e')}]", "{'e': np.zeros((3, 2), 'float32')}", "fits"),
    (
        f"[{tensor('float32', -1, 2, name='e')}]",
        "{'f': np.zeros((3, 2), 'float32')}",
        "the output is missing e (and 1 more).",
    ),
    (
        f"[{tensor('float32', -1, name='e')}, {tensor('int64', -1, name='f')}]",
        "{'e': np.zeros(1, 'float32'), 'f': np.zeros(1, 'int32')}",
        "f is int32, not int64.",
    ),
    (
        f"[{tensor('float32', -1, name='e')}, {tensor('int64', -1, name='f')}]",
        "np.zeros(1)",
        "it is of type ndarray, not a mapping of e, f.",
    ),
    (
        f"[{tensor('float32', -1)}]",
        "{'e': np.zeros(1, 'float32')}",
        "it is a mapping of e, and one unnamed tensor is declared.",
    ),
    (f"[{column('string')}]", "pd.DataFrame({'x': ['a', None]})", "fits"),
    (f"[{column('string')}]", "['a', 'b']", "fits"),
    (f"[{column('string')}]", "np.array(['a', 'b'])", "fits"),
    (f"[{column('string')}]", "pd.Series(['a', 'b'])", "fits"),
    (
        f"[{column('string')}]",
        "pd.Series(['a', 'b'], name='y')",
        "the output is missing x (and 1 more).",
    ),
    (f"[{column('string')}]", "[{'x': 'a'}]", "fits"),
    (f"[{column('string')}]", "{'x': ['a', 'b']}", "fits"),
    (f"[{column('string')}]", "{'x': 'a'}", "fits"),
    (f"[{column('string')}]", "'a'", "fits"),
    (f"[{column('string')}]", "[1]", "x contains 1 in row 0, not string."),
    (f"[{column('string')}]", "np.array([1])", "x is int64, not string."),
    (f"[{column('string')}]", "object()", "it is of type object, and columns are declared."),
    (f"[{column('long')}]", "pd.DataFrame({'x': np.array([1], 'int32')})", "fits"),
    (f"[{column('integer')}]", "pd.DataFrame({'x': [1]})", "x is int64, not integer."),
    (f"[{column('long')}]", "pd.DataFrame({'x': [1.0]})", "x is float64, not long."),
    (
        f"[{column('long')}]",
        "pd.DataFrame({'x': np.array([1], 'uint64')})",
        "x is uint64, not long.",
    ),
    (f"[{column('double')}]", "pd.DataFrame({'x': [1.0, None]})", "fits"),
    (f"[{column('double')}]", "pd.DataFrame({'x': [1]})", "x is int64, not double."),
    (f"[{column('float')}]", "pd.DataFrame({'x': [1.0]})", "x is float64, not float."),
    (f"[{column('double')}]", "[0.5, 1]", "fits"),
    (f"[{column('boolean')}]", "[True]", "fits"),
    (f"[{column('boolean')}]", "[1]", "x contains 1 in row 0, not boolean."),
    (f"[{column('long')}]", "[True]", "x contains True in row 0, not long."),
    (f"[{column('datetime')}]", "pd.DataFrame({'x': pd.to_datetime(['2026-01-01'])})", "fits"),
    (f"[{column('binary')}]", "[b'a']", "fits"),
    (
        f"[{column('string')}, {column('double', 'y')}]",
        "pd.DataFrame({'x': ['a']})",
        "the output is missing y.",
    ),
    (f"[{column('string')}, {column('double', 'y', required=False)}]", "[{'x': 'a'}]", "fits"),
    (
        f"[{column('string')}]",
        "pd.DataFrame({'x': ['a'], 'y': [1], 'z': [2]})",
        "the output has y and z, which the signature does not declare.",
    ),
    (
        f"[{column('string')}, {column('double', 'y')}]",
        "{'x': ['a'], 'y': [1.5, 2.5]}",
        "its columns differ in their number of rows: x 1, y 2.",
    ),
    (
        f"[{column('string')}, {column('double', 'y')}]",
        "['a']",
        "it is of type list, and 2 columns are declared.",
    ),
    (f"[{unnamed('double')}, {unnamed('double')}]", "np.zeros((2, 2))", "fits"),
    (
        f"[{unnamed('double')}, {unnamed('double')}]",
        "np.zeros((2, 3))",
        "it is an array of 3 columns, and 2 are declared.",
    ),
    (
        f"[{unnamed('double')}, {unnamed('double')}]",
        "np.zeros((2, 1))",
        "it is an array of 1 column, and 2 are declared.",
    ),
    (f"[{unnamed('long')}]", "[1, 2.5]", "column 0 contains 2.5 in row 1, not long."),
    (f"[{unnamed('long')}]", "3", "fits"),
    (f"[{ARRAY}]", "pd.DataFrame({'x': [[1.0, 2.0], [3.0]]})", "fits"),
    (f"[{ARRAY}]", "[{'x': [1.0]}]", "fits"),
    (f"[{ARRAY}]", "{'x': [1.0, 2.0]}", "fits"),
    (f"[{ARRAY}]", "[{'x': ['a']}]", "x contains ['a'] in row 0, not Array(double)."),
    (f"[{OBJECT}]", "[{'x': {'a': 1}}]", "fits"),
    (f"[{OBJECT}]", "[{'x': {'a': 1, 'b': None}}]", "fits"),
    (f"[{OBJECT}]", "[{'x': {'a': None}}]", "x contains {'a': None} in row 0, not"),
    (
        f"[{OBJECT}]",
        "[{'x': {'b': 'c'}}]",
        "x contains {'b': 'c'} in row 0, not {a: long (required), b: string (optional)}.",
    ),
    (f"[{OBJECT}]", "[{'x': {'a': 1, 'c': 1}}]", "x contains {'a': 1, 'c': 1} in row 0, not"),
    (f"[{MAP}]", "[{'x': {'k': 1}}]", "fits"),
    (f"[{MAP}]", "[{'x': {'k': 'v'}}]", "x contains {'k': 'v'} in row 0, not Map(str -> long)."),
]

A = f"[{column('long', 'a')}, {column('double', 'b', required=False)}]"
EXAMPLES = [
    (f"{A}, 'dataframe_records', [{{'b': 1, 'a': 2}}]", "a int64, b float64: [[2.0, 1.0]]"),
    (f"{A}, 'dataframe_records', [{{'a': 2}}], {{'n': 1}}", "a int64: [[2]] {'n': 1}"),
    (f"{A}, 'dataframe_records', [{{'a': 2, 'b': None}}]", "a int64, b float64: [[2.0, nan]]"),
    (
        f"{A}, 'dataframe_records', [{{'a': 2.5}}]",
        "refused: The input's column a contains 2.5, which is not a long.",
    ),
    (
        f"{A}, 'dataframe_records', [{{'a': '2'}}]",
        "refused: The input's column a contains '2', which is not a long.",
    ),
    (
        f"{A}, 'dataframe_records', [{{'a': None}}]",
        "refused: The input's column a is missing a value, which long columns do not allow.",
    ),
    (
        f"{A}, 'dataframe_records', [{{'a': 2**63}}]",
        "refused: The input's column a contains 9223372036854775808, which is not a long (int64).",
    ),
    (
        f"{A}, 'dataframe_records', [1]",
        "refused: `dataframe_records` must be a list of mappings, one per row.",
    ),
    (
        f"{A}, 'dataframe_split', {{'columns': ['b', 'a'], 'data': [[1, 2]]}}",
        "a int64, b float64: [[2.0, 1.0]]",
    ),
    (
        f"{A}, 'dataframe_split', {{'columns': ['b', 'a'], 'data': [[1]]}}",
        "refused: `dataframe_split` is not a table: ",
    ),
    (f"[{column('integer')}], 'dataframe_records', [{{'x': 3}}]", "x int32: [[3]]"),
    (
        f"[{column('integer')}], 'dataframe_records', [{{'x': 2**31}}]",
        "refused: The input's column x contains 2147483648, which is not an integer (int32).",
    ),
    (f"[{column('float')}], 'dataframe_records', [{{'x': 3}}]", "x float32: [[3.0]]"),
    (f"[{column('boolean')}], 'dataframe_records', [{{'x': True}}]", "x bool: [[True]]"),
    (
        f"[{column('boolean')}], 'dataframe_records', [{{'x': 1}}]",
        "refused: The input's column x contains 1, which is not a boolean.",
    ),
    (
        f"[{column('string')}], 'dataframe_records', [{{'x': 'a'}}, {{'x': None}}]",
        "x object: [['a'], [None]]",
    ),
    (
        f"[{column('string')}], 'dataframe_records', [{{'x': 1}}]",
        "refused: The input's column x contains 1, which is not a string.",
    ),
    (f"[{column('binary')}], 'dataframe_records', [{{'x': 'aGk='}}]", "x object: [[b'hi']]"),
    (
        f"[{column('binary')}], 'dataframe_records', [{{'x': '!'}}]",
        "refused: The input's column x contains '!', which is not a base64 string.",
    ),
    (
        f"[{column('datetime')}], 'dataframe_records', [{{'x': '2026-01-01T02:00:00+02:00'}}]",
        "x datetime64[ns]: ",
    ),
    (
        f"[{column('datetime')}], 'dataframe_records', [{{'x': 'soon'}}]",
        "refused: The input's column x contains 'soon', which is not a datetime.",
    ),
    (f"[{ARRAY}], 'dataframe_records', [{{'x': [1.0, 2.0]}}]", "x object: [[[1.0, 2.0]]]"),
    (f"[{ARRAY}], 'dataframe_records', [{{'x': [1, 2]}}]", "x object: [[[1.0, 2.0]]]"),
    (f"[{ARRAY}], 'dataframe_records', [{{'x': [1, None]}}]", "x object: [[[1.0, None]]]"),
    (
        f"[{ARRAY}], 'dataframe_records', [{{'x': [1, True]}}]",
        "refused: The input's column x contains True, which is not a double.",
    ),
    (f"[{MAP}], 'dataframe_records', [{{'x': {{'k': 2.0}}}}]", "x object: [[{'k': 2}]]"),
    (
        f"[{MAP}], 'dataframe_records', [{{'x': {{'k': float('inf')}}}}]",
        "refused: The input's column x contains inf, which is not a long.",
    ),
    (
        f"[{OBJECT}], 'dataframe_records', [{{'x': {{'a': 1.0, 'b': None}}}}]",
        "x object: [[{'a': 1, 'b': None}]]",
    ),
    (
        f"[{OBJECT}], 'dataframe_records', [{{'x': {{'a': 1, 'b': 2}}}}]",
        "refused: The input's column x contains 2, which is not a string.",
    ),
    (
        f"[{column('integer')}], 'dataframe_records', [{{'x': float('inf')}}]",
        "refused: The input's column x contains inf, which is not an integer.",
    ),
    (f"[{tensor('bytes', -1)}], 'inputs', ['ab']", "array([b'ab'], dtype='|S2')"),
    (
        f"[{tensor('complex64', -1)}], 'inputs', [1, '1+2j']",
        "array([1.+0.j, 1.+2.j], dtype=complex64)",
    ),
    (
        f"[{tensor('datetime64[ns]', -1)}], 'inputs', ['2026-01-02T03:04:05.5']",
        "array(['2026-01-02T03:04:05.500000000'], dtype='datetime64[ns]')",
    ),
    (
        f"[{tensor('datetime64[ns]', -1)}], 'inputs', [None]",
        "array(['NaT'], dtype='datetime64[ns]')",
    ),
    (
        f"[{tensor('datetime64[ns]', -1)}], 'inputs', ['9999-12-31']",
        "refused: The input's input contains values that are not datetime64[ns].",
    ),
    (f"[{column('string', 'input_uri')}], 'input_uri', 'a.csv'", "input_uri object: [['a.csv']]"),
    (f"[{tensor('float32', -1, 2)}], 'inputs', [[1, None]]", "array([[ 1., nan]], dtype=float32)"),
    (
        f"[{tensor('uint8', -1)}], 'inputs', [1.5]",
        "refused: The input's input contains values that are not uint8.",
    ),
    (
        f"[{tensor('uint8', -1)}], 'inputs', ['a']",
        "refused: The input's input is not a uint8 array: ",
    ),
    (f"[{tensor('int64', -1, name='t')}], 'inputs', [1]", "{'t': array([1])}"),
    (
        f"[{tensor('int64', -1, name='t')}, {tensor('bool', -1, name='u')}], 'inputs', {{'t': [1], 'u': [True]}}",
        "{'t': array([1]), 'u': array([ True])}",
    ),
    (
        f"[{tensor('int64', -1, name='t')}, {tensor('bool', -1, name='u')}], 'inputs', [1]",
        "refused: The input is one array, but the signature declares t, u.",
    ),
    ("None, 'inputs', {'a': [1]}", "{'a': [1]}"),
    (f"[{column('double')}], 'inputs', {{'x': [1.5, 2.0]}}", "{'x': [1.5, 2.0]}"),
    (f"[{column('double')}], 'inputs', {{'x': [2, 3]}}", "x float64: [[2.0], [3.0]]"),
    (f"[{column('double')}], 'inputs', [2, 3]", "x float64: [[2.0], [3.0]]"),
    (f"[{column('integer')}], 'inputs', [{{'x': 2}}]", "x int32: [[2]]"),
    (f"[{column('string')}], 'inputs', {{'x': 'a'}}", "{'x': 'a'}"),
    (f"[{column('string')}], 'inputs', {{'x': ['a', 'b']}}", "x object: [['a'], ['b']]"),
    (
        f"[{column('integer')}, {column('string', 'y')}], 'inputs', {{'x': [1, 2], 'y': 'a'}}",
        "x int32, y object: [[1, 'a'], [2, 'a']]",
    ),
    (
        f"[{column('integer')}, {column('long', 'y')}], 'inputs', {{'x': [1, 2], 'y': [1]}}",
        "refused: `inputs` is not a table: ",
    ),
    (f"[{ARRAY}], 'inputs', {{'x': [1.0]}}", "{'x': [1.0]}"),
]

FILES = [
    (
        f"[{column('string')}, {column('long', 'y')}], 'i.csv', lambda f: f.write_text('y,x\\n1,007\\n')",
        "x object, y int64: [['007', 1]]",
    ),
    (
        f"[{column('string')}, {column('double', 'y')}], 'i.csv', lambda f: f.write_text('x,y\\nNA,NA\\n,1\\n')",
        "x object, y float64: [['NA', nan], [None, 1.0]]",
    ),
    (f"{A}, 'i.parquet', lambda f: pd.DataFrame({{'a': [1]}}).to_parquet(f)", "a int64: [[1]]"),
    (
        f"[{tensor('float32', -1)}], 'i.npy', lambda f: np.save(f, np.ones(2))",
        "array([1., 1.], dtype=float32)",
    ),
    (f"{A}, 'i.json', lambda f: f.write_text('[{{\"a\": 1}}]')", "a int64: [[1]]"),
    (
        f'{A}, \'i.json\', lambda f: f.write_text(\'{{"dataframe_records": [{{"a": 1}}], "params": {{"n": 2}}}}\')',
        "a int64: [[1]] {'n': 2}",
    ),
    (
        f"{A}, 'i.json', lambda f: f.write_text('{{\"inputs\": [], \"dataframe_records\": []}}')",
        "refused: i.json has both dataframe_records and inputs.",
    ),
    (f"{A}, 'i.json', lambda f: f.write_text('{{')", "refused: i.json cannot be read: "),
    (f"{A}, 'i.json', lambda f: f.write_text('[' * 100000)", "refused: i.json "),
    (f"{A}, 'i.xlsx', lambda f: None", "refused: i.xlsx is not a supported input file."),
    (f"{A}, 'gone.json', lambda f: None", "refused: gone.json cannot be read: "),
    (
        "None, 'o.npy', lambda f: np.save(f, np.array([{}], dtype=object), allow_pickle=True)",
        "refused: o.npy cannot be read: ",
    ),
]

UNEXPECTED = "refused: The output does not match expected.json: "
EXPECTED = [
    ("[[1, 2]], np.array([[1.0, 2.0000001]], 'float32')", "equal"),
    (
        "[[1, 2]], np.array([[1.0, 2.5]])",
        "[0, 1] is 2.5, not 2; 1 of 2 numbers differ, by 0.5 at most.",
    ),
    ("[[1, 2]], np.array([[1.0, 2.5]]), 0.0, 0.6", "equal"),
    ("[[1, 2]], np.zeros((2, 2))", "it has the shape (2, 2), not (1, 2)."),
    ("[[1, None]], np.array([[1.0, np.nan]])", "equal"),
    ("[1.5, 'a'], [1.5, 'b']", "[1] is 'b', not 'a'."),
    ("[1], [1, 2]", "it has the shape (2,), not (1,)."),
    ("[{'x': 1.0, 'y': 'a'}], pd.DataFrame({'x': [1.0000001], 'y': ['a']})", "equal"),
    ("[{'x': 1.0}], pd.DataFrame({'x': [2.0]})", "[0].x is 2.0, not 1.0."),
    ("[{'x': 1.0}], pd.DataFrame({'z': [1.0]})", "[0] is missing x (and 1 more)."),
    ("['a'], ['a', 'b']", "it has 2 rows, not 1."),
    (
        "{'predictions': {'e': [1, 2]}}, {'e': np.array([1, 3])}",
        "e[1] is 3, not 2; 1 of 2 numbers differ, by 1 at most.",
    ),
    ("[1], [True]", "[0] is True, not 1."),
    ("lambda f: np.save(f, np.ones(2)), np.ones(2), 0, 0, 'expected.npy'", "equal"),
    (
        "lambda f: pd.DataFrame({'p': [1.5]}).to_csv(f, index=False), pd.DataFrame({'p': [1.5]}), 0, 0, 'expected.csv'",
        "equal",
    ),
]

DESCRIBED = [
    ("np.zeros((1, 2048), 'float32')", "float32 (1, 2048) | [[0., 0., 0., 0., 0., 0., 0., 0.]] …"),
    (
        "pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
        "DataFrame 2 × 2 | {a: 1, b: 'x'}, {a: 2, b: 'y'}",
    ),
    ("pd.Series([1, 2])", "Series of 2 (int64) | [1, 2]"),
    ("{'e': np.zeros((1, 2)), 'n': 3}", "{e: float64 (1, 2), n: int} | {e: [[0., 0.]], n: 3}"),
    ("['a'] * 12", "list of 12 | ['a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', …]"),
    ("'y' * 500", "str | '" + "y" * 198 + "…"),
    ("np.float64(1.5)", "float64 () | 1.5"),
    ("np.float32(0.1)", "float32 () | 0.1"),
    ("[1 / 3, 2 / 3e9, 1234567.8]", "list of 3 | [0.333333, 6.66667e-10, 1234570.0]"),
    ("np.array([1 / 3, 2 / 3])", "float64 (2,) | [0.333333, 0.666667]"),
    ("np.array([1 / 3, 0.25])", "float64 (2,) | [0.333333, 0.25]"),
    ("np.array([0.1], 'float32')", "float32 (1,) | [0.1]"),
    ("np.array([np.nan, np.inf])", "float64 (2,) | [nan, inf]"),
    ("pd.DataFrame({'p': [1 / 3]})", "DataFrame 1 × 1 | {p: 0.333333}"),
    ("pd.Series([1 / 3])", "Series of 1 (float64) | [0.333333]"),
]

JSONABLE = [
    ("np.zeros(3)", "jsonable"),
    ("pd.DataFrame({'a': [1], 'd': pd.to_datetime(['2026-01-01'])})", "jsonable"),
    ("{'a': np.float32(1), 'b': [np.int64(2)]}", "jsonable"),
    (
        "(x for x in 'ab')",
        "refused: predict returned a generator that MLflow's server cannot turn into JSON: ",
    ),
    ("[object()]", "refused: predict returned a list that MLflow's server cannot turn into JSON: "),
]

WRITTEN = [
    ("np.array([[1.5, np.nan]]), 'r.json'", '{"predictions": [[1.5, null]]}\n'),
    ("pd.DataFrame({'a': [1], 'b': ['é']}), 'r.json'", '{"predictions": [{"a": 1, "b": "é"}]}\n'),
    ("np.array([[1, 2]]), 'r.csv'", "0,1\n1,2\n"),
    ("pd.Series([1, 2]), 'r.csv'", "prediction\n1\n2\n"),
    ("['a', 'b'], 'r.parquet'", "prediction\na\nb\n"),
    ("{'a': np.array([1, 2]), 'b': ['x', 'y']}, 'r.parquet'", "a,b\n1,x\n2,y\n"),
    ("np.ones((1, 2), 'float32'), 'r.npy'", "float32 [[1.0, 1.0]]"),
    ("{'e': np.ones(2)}, 'r.npy'", "float64 [1.0, 1.0]"),
    ("{'e': 1, 'f': 2}, 'r.npy'", "refused: A .npy file contains one array, and the output has 2."),
    ("np.ones((1, 2, 3)), 'r.csv'", "refused: An array of 3 dimensions is not a table."),
    ("pd.DataFrame({'a': [1, 2]}), 'r.jsonl'", '{"a": 1}\n{"a": 2}\n'),
    ("{'e': np.ones(2)}, 'r.jsonl'", '{"e": [1.0, 1.0]}\n'),
    ("[1], 'r.xlsx'", "refused: A result cannot be written as .xlsx."),
]


# What is warned of, in another thread, and what is heard of it.
PICKLE = "Trying to unpickle estimator Ridge from version 1.5.2 when using version 1.7.2. This"
HEARD = [
    ("lambda: None", ""),
    ("lambda: warn()", "/far/lib.py:3: UserWarning: odd"),
    ("lambda: warn(file=np.__file__)", "numpy/__init__.py:3: UserWarning: odd"),
    ("lambda: [warn('one'), warn('one'), warn('two\\n  lines')]",
     "/far/lib.py:3: UserWarning: one | /far/lib.py:3: UserWarning: two lines"),
    ("lambda: muffled(warn)", ""),
    ("lambda: warn(kind=DeprecationWarning)", ""),
    ("lambda: warn(kind=FutureWarning)", "/far/lib.py:3: FutureWarning: odd"),
    ("lambda: warn('\\033[33myellow\\033[0m')", "/far/lib.py:3: UserWarning: yellow"),
    ("lambda: warn('x' * 700)", f"/far/lib.py:3: UserWarning: {'x' * 599}…"),
    ("lambda: [warn(str(number)) for number in range(25)]",
     " | ".join([f"/far/lib.py:3: UserWarning: {number}" for number in range(20)]
                + ["5 more warnings were raised"])),
    ("lambda: logging.getLogger('some.lib').warning('no %s', 'weights')", "some.lib: no weights"),
    ("lambda: logging.getLogger('some.lib').error('bad')", "some.lib: bad"),
    ("lambda: logging.getLogger('some.lib').info('fine')", ""),
    ("lambda: logging.getLogger('some.lib').warning('%d', 'no number')", ""),
    ("lambda: deaf_logger().warning('said')", "deaf: said"),
    ("lambda: logging.getLogger('mlflow.pyfunc').warning('Found extra inputs')",
     "mlflow.pyfunc: Found extra inputs"),
    (f"lambda: warn({PICKLE!r}), 'hint'",
     "Pin `scikit-learn==1.5.2` in `dependencies`, or write the pickle again with 1.7.2."),
    ("lambda: logging.getLogger('some.lib').warning('bad'), 'hint'",
     "Remove the cause, or in the model's code: "
     '`logging.getLogger("some.lib").setLevel("ERROR")`.'),
    # MLflow's own advice on type hints, as the installed line words it.
    ("lambda: model_class()", ""),
]  # fmt: skip
CONVERTED = "The times of the column `at` are converted to UTC: "
ZONES = [
    ("['2026-01-02T03:04:05', None]", ""),
    ("['2026-01-02T03:04:05Z']", ""),
    ("[None, '2026-01-02T03:04:05+02:00', '2026-01-02T03:04:05-08:00']",
     CONVERTED + "`2026-01-02T03:04:05+02:00` becomes `2026-01-02T01:04:05`"),
    ("pd.to_datetime(['2026-01-02', None, '2026-06-02'])", ""),
    ("pd.to_datetime(['2026-01-02']).tz_localize('UTC')", ""),
    ("pd.to_datetime(['2026-01-02', None, '2026-06-02']).tz_localize('Europe/London')",
     CONVERTED + "`2026-06-02T00:00:00+01:00` becomes `2026-06-01T23:00:00`"),
]  # fmt: skip
ROWS = [
    ("None, np.zeros((3, 2))", "3"),
    ("None, np.float64(1)", "None"),
    ("None, 'text'", "None"),
    ("None, 5", "None"),
    ("None, [1, 2]", "2"),
    ("None, pd.DataFrame({'x': [1, 2]})", "2"),
    ("None, {'e': np.zeros((3, 2)), 'name': 'x'}", "3"),
    ("None, {'name': 'text'}", "None"),
    (f"[{column('string')}], {{'x': 'text'}}", "1"),
    (f"[{column('string')}], 'text'", "1"),
    (f"[{ARRAY}], [1.0, 2.0, 3.0]", "1"),
    (f"[{ARRAY}], pd.DataFrame({{'x': [[1.0, 2.0], [3.0]]}})", "2"),
    (f"[{tensor('float32', -1, 2)}], np.zeros((3, 2), 'float32')", "3"),
]

TWO = f"[{column('double')}, {column('string', 'y')}]"
PAYLOADS = [
    (f"{TWO}, 'csv', 'y,x\\n007,1\\n,2\\n'",
     "x float64, y object: [[1.0, '007'], [2.0, None]]"),
    (f"{TWO}, 'jsonl', '\ufeff{{\"x\": 1, \"y\": \"a\"}}\\n\\n{{\"x\": 2, \"y\": \"b\"}}'",
     "x float64, y object: [[1.0, 'a'], [2.0, 'b']]"),
    (f"{TWO}, 'json', '{{\"instances\": [{{\"x\": 1, \"y\": \"a\"}}]}}'",
     "[{'x': 1, 'y': 'a'}]"),
    (f"[{tensor('float32', -1, name='a')}, {tensor('int64', -1, name='b')}], 'json', "
     "'{\"instances\": [{\"a\": 1, \"b\": 2}, {\"a\": 3, \"b\": 4}]}'",
     "{'a': array([1., 3.], dtype=float32), 'b': array([2, 4])}"),
    ("None, 'jsonl', '[1, 2]\\n[3, 4]\\n'", "[[1, 2], [3, 4]]"),
    ("None, 'jsonl', '[1, 2]\\n[3, 4\\n'", "refused: the input cannot be read: "),
    ("None, 'csv', ''", "refused: the input cannot be read: No columns to parse from file"),
    ("None, 'npy', 'x'", "refused: the input cannot be read: "),
    ("None, None, 'x'", "refused: the input is not a supported input file."),
]  # fmt: skip
XZ = f"[{column('double')}, {column('long', 'z')}]"
GIVEN = [
    (f"{XZ}, pd.DataFrame({{'z': [1], 'x': [2]}}, index=['a'])",
     "x float64, z int64: [[2.0, 1.0]]"),
    (f"{XZ}, {{'x': np.array([1, 2]), 'z': np.array([3, 4])}}",
     "x float64, z int64: [[1.0, 3.0], [2.0, 4.0]]"),
    (f"{XZ}, [{{'x': 1, 'z': 2}}]", "x float64, z int64: [[1.0, 2.0]]"),
    (f"{XZ}, {{'dataframe_split': {{'columns': ['x', 'z'], 'data': [[1, 2]]}}}}",
     "x float64, z int64: [[1.0, 2.0]]"),
    (f"{XZ}, np.array([[1, 2], [3, 4]])", "x float64, z int64: [[1.0, 2.0], [3.0, 4.0]]"),
    (f"[{column('double')}], pd.Series([1, 2], name='x')", "x float64: [[1.0], [2.0]]"),
    (f"{XZ}, pd.DataFrame({{'x': ['a'], 'z': [1]}})",
     "refused: The input's column x contains 'a', which is not a double."),
    (f"[{tensor('float32', -1, 2)}], np.array([[1, 2]])", "array([[1., 2.]], dtype=float32)"),
    ("None, {'a': np.array([1.5])}", "{'a': array([1.5])}"),
    ("None, pd.DataFrame({'a': [1]})", "a int64: [[1]]"),
]  # fmt: skip
SENT = [
    (value, "the same")
    for value in (
        "[1, 2.5, float('nan'), None, True, 'é']",
        "{'a': [1], 'b': {'~': 1}, 3: (1, 2)}",
        "b'bytes'",
        "np.arange(6, dtype='float32').reshape(2, 3)",
        "np.zeros((400, 500))",
        "np.zeros((0, 3), 'int8')",
        "np.array(['a', 'bc'])",
        "np.array([[1, 'a'], [None, b'b']], dtype=object)",
        "np.array(['2026-01-02'], dtype='datetime64[s]')",
        "np.float32(0.1)",
        "__import__('datetime').datetime(2026, 1, 2, 3)",
        "pd.Timestamp('2026-01-02', tz='Europe/Berlin')",
        "pd.DataFrame({'i': [1, 2], 's': ['a', None], 'f': [0.5, np.nan], 'b': [True, False]})",
        "pd.DataFrame({'t': pd.to_datetime(['2026-01-02', None]).tz_localize('UTC')})",
        "pd.DataFrame({'n': pd.array([1, None], dtype='Int64')}, index=['a', 'b'])",
        "pd.DataFrame({'c': pd.Categorical(['a', 'b', 'a'])}, index=pd.Index([3, 1, 2], name='k'))",
        "pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([('a', 1), ('a', 2)]))",
        "pd.DataFrame([[1, 2], [3, 4]], columns=['same', 'same'])",
        "pd.DataFrame({'v': [np.ones(2), np.zeros(1)], 'd': [{'k': 1}, [2]]})",
        "pd.DataFrame(index=[1, 2])",
        "pd.Series([1.5, 2.5], name='p', index=['a', 'b'])",
    )
]
SENT += [
    ("{1}", "the same"),
    ("[object()]", "a value of type object cannot be sent from one environment to another"),
    (
        "(x for x in 'ab')",
        "a value of type generator cannot be sent from one environment to another",
    ),
    (
        "np.array([(1, 2)], dtype='i4,i4')",
        "an array of [('f0', '<i4'), ('f1', '<i4')] cannot be sent",
    ),
]


def _cases() -> list[tuple[str, str, str]]:
    outputs = [
        ("output", f"{schema}, {value}", said if said == "fits" else UNFIT + said)
        for schema, value, said in OUTPUTS
    ]
    compared = [
        ("expected", asked, said if said == "equal" else UNEXPECTED + said)
        for asked, said in EXPECTED
    ]
    plain = {
        "example": EXAMPLES,
        "file_example": FILES,
        "described": DESCRIBED,
        "jsonable": JSONABLE,
        "written": WRITTEN,
        "heard": HEARD,
        "rows": ROWS,
        "zones": ZONES,
        "payload": PAYLOADS,
        "given": GIVEN,
        "sent": SENT,
    }
    others = [(part, asked, said) for part, rows in plain.items() for asked, said in rows]
    return [*outputs, *compared, *others]


CASES = _cases()


@functools.lru_cache(maxsize=len(LINES))
def _answers(cache: Path, line: str) -> list[str]:
    """Try all cases in one process: importing MLflow takes longer than all of them."""
    env = line_environment(cache, line)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cases.json").write_text(json.dumps([case[:2] for case in CASES]))
        done = subprocess.run(
            [env.python, HERE / "probe.py", WORKER, folder / "cases.json", folder / "answers.json"],
            cwd=folder,
            env={"PATH": os.defpath, "HOME": name},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads((folder / "answers.json").read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("line", LINES)
def test_every_case(cache: Path, line: str) -> None:
    answers = _answers(cache, line)
    wrong = [
        f"{part}({asked})\n  said {answer}\n  not  {said}"
        for (part, asked, said), answer in zip(CASES, answers, strict=True)
        if not _agrees(answer, said)
    ]
    assert not wrong, "\n".join(wrong)


def _agrees(answer: str, said: str) -> bool:
    # A refusal may end in another library's words, and number reprs differ between NumPy lines.
    if said.startswith("refused: ") or said.endswith(": "):
        return re.sub(r"np\.\w+\(([^()]*)\)", r"\1", answer).startswith(said)
    return answer == said
