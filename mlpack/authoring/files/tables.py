"""Rows for an example: the first of a CSV file in the project that has all columns of a model."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.files.model import Column, Fields
from mlpack.authoring.files.writing import Found

_ROWS = 2
_MOST_FILES = 200
_LONGEST_LINE = 1 << 16
_TRUE, _FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")


def rows_of(root: Path, files: Iterable[PurePosixPath], inputs: Fields) -> Found | None:
    """Return the first rows that fit ``inputs``, of the first file that has its columns."""
    columns = [each for each in inputs if isinstance(each, Column)]
    tables = (path for path in files if path.suffix.lower() == ".csv")
    for path in itertools.islice(tables if columns else (), _MOST_FILES):
        rows = _rows(root / path, columns)
        if rows:
            return Found(path=path, rows=rows)
    return None


def _rows(path: Path, columns: list[Column]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = (line for line in iter(lambda: file.readline(_LONGEST_LINE), ""))
            reader = csv.DictReader(lines)
            if not {each.name for each in columns} <= set(reader.fieldnames or ()):
                return []
            for row in itertools.islice(reader, 50):
                if len(found) < _ROWS and (values := _values(row, columns)) is not None:
                    found.append(values)
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return found


def _values(row: Mapping[str, str | None], columns: list[Column]) -> dict[str, Any] | None:
    """Return a row as values of the columns' types; ``None`` where one is missing or other."""
    try:
        return {each.name: _value(row.get(each.name) or "", each.type) for each in columns}
    except ValueError:
        return None


def _value(text: str, type: str) -> Any:
    if not text:
        raise ValueError("a missing value")
    if type in ("long", "integer"):
        return int(text)
    if type in ("double", "float"):
        value = float(text)
        if value != value or abs(value) == float("inf"):
            raise ValueError("not a finite number")
        return value
    if type == "boolean":
        if text not in (*_TRUE, *_FALSE):
            raise ValueError("not a boolean")
        return text in _TRUE
    return text
