"""Input examples and artifacts as the manifest's keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.calls import Table, Tensor
from mlpack.authoring.importers.literals import NotLiteralError, Symbol
from mlpack.authoring.importers.model import Left

PROTOCOL = ("dataframe_records", "dataframe_split", "inputs")


def example_of(value: Any, folder: Path) -> dict[str, Any]:
    """Return a literal example, ``(data, params)`` or data alone, in the manifest's form.

    Raises ``NotLiteralError`` for one that has no such form.
    """
    data, params = value, None
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], Mapping):
        data, params = value
    made = _data(data, folder)
    return {**made, "params": plain(params)} if params else made


def payload_example(content: Any, folder: Path) -> dict[str, Any]:
    """Return a payload of the scoring protocol in the manifest's form.

    Raises ``NotLiteralError`` where it is none.
    """
    if not isinstance(content, Mapping):
        raise NotLiteralError("it is not a scoring request")
    params = content.get("params")
    more = {"params": dict(params)} if isinstance(params, Mapping) and params else {}
    if "dataframe_split" in content:
        return {**_of_table(_split_table(content["dataframe_split"]), folder), **more}
    for key in PROTOCOL:
        if key in content:
            return {key: content[key], **more}
    if "instances" in content:
        return {"inputs": content["instances"], **more}
    raise NotLiteralError(
        "it has none of the keys dataframe_split, dataframe_records, inputs, instances"
    )


_PLACEHOLDERS = {
    "boolean": False,
    "integer": 0,
    "long": 0,
    "float": 0.0,
    "double": 0.0,
    "string": "text",
    "datetime": "2026-01-01T00:00:00",
}
_DRAFTED = 100


def placeholder_example(inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Return one row of placeholders for a signature's inputs, as ``MLmodel`` lists them.

    ``None`` where nothing tells what a value could be, or where it would be long.
    """
    values = [_placeholder(field) for field in inputs]
    names = [field.get("name") for field in inputs]
    if not values or None in values or len(values) > _DRAFTED or (None in names and values[1:]):
        return None
    tensors, named = "tensor-spec" in inputs[0], dict(zip(names, values, strict=True))
    if names == [None]:
        return {"inputs": values[0] if tensors else values}
    return {"inputs": named} if tensors else {"dataframe_records": [named]}


def _placeholder(field: Mapping[str, Any]) -> Any:
    if "tensor-spec" not in field:
        return _PLACEHOLDERS.get(str(field.get("type")))
    dtype, shape = field["tensor-spec"]["dtype"], field["tensor-spec"]["shape"]
    lengths = [1 if length < 0 else int(length) for length in shape]
    known = dtype.startswith(("int", "uint", "float"))
    if not known or math.prod(lengths) > _DRAFTED:
        return None
    value: Any = 0.0 if dtype.startswith("float") else 0
    for length in reversed(lengths):
        value = [value] * length
    return value


def _split_table(split: Any) -> Table:
    rows = split.get("data") if isinstance(split, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise NotLiteralError("its dataframe_split has no rows")
    columns = split.get("columns")
    if not isinstance(columns, list):
        columns = list(range(len(rows[0]) if rows else 0))
    if any(len(row) != len(columns) for row in rows):
        raise NotLiteralError("its dataframe_split has rows of different lengths")
    return Table(columns=tuple(columns), rows=tuple(tuple(row) for row in rows))


def plain(value: Any) -> Any:
    """Return a literal as values that YAML holds: tuples as lists, paths as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, PurePosixPath):
        return str(value)
    if isinstance(value, Tensor):
        return value.values
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, (Symbol, Table)):
        raise NotLiteralError("it contains an object")
    return value


def _data(data: Any, folder: Path) -> dict[str, Any]:
    if isinstance(data, Table):
        return _of_table(data, folder)
    if isinstance(data, Tensor):
        return {"inputs": data.values}
    if isinstance(data, Mapping):
        return {"inputs": plain(data)}
    if isinstance(data, (list, tuple)):
        if data and all(isinstance(row, Mapping) for row in data):
            return {"dataframe_records": plain(data)}
        return {"inputs": plain(data)}
    raise NotLiteralError(
        f"an example of type {type(data).__name__} cannot be written in a manifest"
    )


def _of_table(table: Table, folder: Path) -> dict[str, Any]:
    rows = plain(table.rows)
    if table.columns == ("input_uri",) and len(rows) == 1 and isinstance(rows[0][0], str):
        uri = rows[0][0]
        # A path of another machine would be refused: the table at least says what was given.
        if "://" in uri or (not uri.startswith("/") and (folder / uri).exists()):
            return {"input_uri": uri}
    if all(isinstance(name, str) for name in table.columns):
        return {"dataframe_records": [dict(zip(table.columns, row, strict=True)) for row in rows]}
    return {"dataframe_split": {"columns": list(table.columns), "data": rows}}


_PROJECT = PurePosixPath()


def artifacts_of(
    stated: Mapping[str, str], folder: Path, below: PurePosixPath = _PROJECT
) -> tuple[dict[str, str], tuple[Left, ...]]:
    """Return the artifacts that can be carried over, and the others with the reason.

    Paths are relative to ``below`` in the project; one that is there without it is taken as well.
    """
    found: dict[str, str] = {}
    left: list[Left] = []
    for name, text in stated.items():
        path, why = _place(text, folder, below)
        if path is not None:
            found[name] = path
        if why is not None:
            left.append(Left(what=f"the artifact {name} ({text})", why=why))
    return found, tuple(left)


def _place(text: str, folder: Path, below: PurePosixPath) -> tuple[str | None, str | None]:
    if "://" in text and not text.startswith("file://"):
        return text, None
    path = PurePosixPath(text.removeprefix("file://"))
    if path.is_absolute() and Path(path).resolve().is_relative_to(folder.resolve()):
        path = PurePosixPath(Path(path).resolve().relative_to(folder.resolve()).as_posix())
    elif path.is_absolute() or ".." in path.parts:
        return None, "it is outside the project: copy it into the project"
    elif not (folder / below / path).exists() and not (folder / path).exists():
        return str(below / path), "the file does not exist yet: add it before building"
    elif (folder / below / path).exists():
        path = below / path
    if path == _PROJECT:
        return None, "the whole project cannot be an artifact"
    return str(path), None
