"""Calls whose value their arguments tell: paths, JSON, tables and small arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mlpack.authoring.importers.literals import Handler, Symbol
from mlpack.authoring.importers.signatures import ACCESS_CALLS, SIGNATURE_CALLS

_LARGEST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A pandas DataFrame: its columns and rows."""

    columns: tuple[Any, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A numpy array as nested lists."""

    values: Any


def _table(args: list[Any], named: dict[str, Any]) -> Table:
    data = args[0] if args else named["data"]
    columns = args[2] if len(args) > 2 else named.get("columns")
    rows: list[Any]
    if isinstance(data, Mapping):
        return _table_of_columns(dict(data), columns, named.get("index"))
    rows = list(data)
    if rows and all(isinstance(row, Mapping) for row in rows):
        names = list(columns or dict.fromkeys(key for row in rows for key in row))
        rows = [[row.get(name) for name in names] for row in rows]
    else:
        # A list of scalars is one column.
        rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
        names = list(columns or range(max((len(row) for row in rows), default=0)))
    return Table(columns=tuple(names), rows=tuple(tuple(row) for row in rows))


def _table_of_columns(data: dict[str, Any], columns: Any, index: Any) -> Table:
    names = list(columns or data)
    length = len(index) if index is not None else 0
    lists = [list(data[name]) for name in names if isinstance(data[name], (list, tuple))]
    length = len(lists[0]) if lists else length
    if any(len(values) != length for values in lists) or not length:
        raise ValueError("columns of different lengths")
    filled = [
        list(data[name]) if isinstance(data[name], (list, tuple)) else [data[name]] * length
        for name in names
    ]
    return Table(columns=tuple(names), rows=tuple(zip(*filled, strict=True)))


def _array(args: list[Any], named: dict[str, Any]) -> Tensor:
    return Tensor(values=_plain(args[0] if args else named["object"]))


def _filled(value: float) -> Handler:
    def call(args: list[Any], named: dict[str, Any]) -> Tensor:
        shape = args[0] if args else named["shape"]
        lengths = [shape] if isinstance(shape, int) else list(shape)
        size = 1
        for length in lengths:
            size *= length
        if size > _LARGEST:
            raise ValueError("too large for a manifest")
        made: Any = value
        for length in reversed(lengths):
            made = [made] * length
        return Tensor(values=made)

    return call


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Tensor):
        return value.values
    if isinstance(value, Symbol):
        raise ValueError(value.dotted)
    return value


def _path(args: list[Any], named: dict[str, Any]) -> PurePosixPath:
    return PurePosixPath(*(str(arg) for arg in args))


def _dirname(args: list[Any], named: dict[str, Any]) -> PurePosixPath:
    return PurePosixPath(str(args[0])).parent


def _text(args: list[Any], named: dict[str, Any]) -> str:
    if isinstance(args[0], (str, int, PurePosixPath)):
        return str(args[0])
    raise ValueError("not a string")


def _mapping(args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    return {**dict(args[0] if args else {}), **named}


def _json(args: list[Any], named: dict[str, Any]) -> Any:
    return json.loads(args[0])


def _as_list(args: list[Any], named: dict[str, Any]) -> list[Any]:
    return list(args[0]) if args else []


def _vars(args: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    given = args[0]
    return {name: given.named(name) for name in given.values}


def _rows(function: Any) -> Handler:
    def call(args: list[Any], named: dict[str, Any]) -> list[Any]:
        made = list(function(*args))
        if len(made) > _LARGEST:
            raise ValueError("too large for a manifest")
        return made

    return call


# Paths stay relative to the project's folder: what `__file__` stands for.
CALLS: Mapping[str, Handler] = {
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "os.path.join": _path,
    "os.path.dirname": _dirname,
    "os.path.abspath": _path,
    "os.path.realpath": _path,
    "str": _text,
    "os.fspath": _text,
    "dict": _mapping,
    "list": _as_list,
    "tuple": _as_list,
    "json.loads": _json,
    "vars": _vars,
    "enumerate": _rows(enumerate),
    "range": _rows(range),
    "sorted": _rows(sorted),
    "zip": _rows(zip),
    "pandas.DataFrame": _table,
    "numpy.array": _array,
    "numpy.asarray": _array,
    "numpy.zeros": _filled(0.0),
    "numpy.ones": _filled(1.0),
    **SIGNATURE_CALLS,
    **ACCESS_CALLS,
}
