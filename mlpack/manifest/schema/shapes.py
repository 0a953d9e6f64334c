"""How to write a value of the right shape, out of the one that was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

from mlpack.manifest.document import split
from mlpack.manifest.schema.missing import addition_line, flow

_TABLE = (".csv", ".parquet", ".json", ".npy")
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


def reshaped(pointer: str, found: Any) -> str | None:
    """Return the line that says what ``found`` at ``pointer`` was meant to say, if one can tell."""
    path = split(pointer)
    if path[:1] == ["variants"] and len(path) > 2:
        path = path[2:]
    place = "/".join("0" if step.isdigit() else step for step in path)
    shape = _SHAPES.get(place)
    value = None if shape is None else shape(found)
    if value is None:
        return None
    return flow(value) if path[-1].isdigit() else addition_line(path[-1], {"examples": [value]})


def column(name: str, kind: Any) -> dict[str, str] | None:
    """Return the column that ``name: kind`` was meant to be."""
    return {"name": name, "type": kind} if isinstance(kind, str) else None


def requirement(found: Any) -> str | None:
    """Return the requirement that a mapping such as ``{pandas: "2.3"}`` was meant to be."""
    if not isinstance(found, dict) or len(found) != 1:
        return None
    name, version = next(iter(found.items()))
    if not isinstance(version, str | int | float) or isinstance(version, bool):
        return None
    if str(version) in ("", "*"):
        return str(name)
    return f"{name}{version}" if str(version)[0] in "<>=!~" else f"{name}=={version}"


def _artifacts(found: Any) -> Any:
    texts = [found] if isinstance(found, str) else found
    if not isinstance(texts, list) or not texts or not all(isinstance(each, str) for each in texts):
        return None
    return {_NAME.sub("_", PurePosixPath(each).stem) or "name": each for each in texts}


def _dependencies(found: Any) -> Any:
    if not isinstance(found, str):
        return None
    if found.endswith("pyproject.toml"):
        return {"pyproject": {"path": found}}
    return {"file": found} if found.endswith((".txt", ".in")) else [found]


def _example(found: Any) -> Any:
    if isinstance(found, str):
        return {"file" if found.endswith(_TABLE) else "input_uri": found}
    if isinstance(found, list) and found:
        return {"dataframe_records" if isinstance(found[0], dict) else "inputs": found[:2]}
    return None


def _fields(found: Any) -> Any:
    if not isinstance(found, dict):
        return None
    if "type" in found or "dtype" in found:
        return [found]
    columns = [column(name, kind) for name, kind in found.items()]
    return columns[:3] if columns and all(columns) else None


def _variants(found: Any) -> Any:
    texts = isinstance(found, list) and all(isinstance(each, str) for each in found)
    return {name: {} for name in found} if texts and found else None


def _under(key: str) -> Callable[[Any], Any]:
    return lambda found: {key: found} if isinstance(found, str) else None


_SHAPES: dict[str, Callable[[Any], Any]] = {
    "artifacts": _artifacts,
    "dependencies": _dependencies,
    "dependencies/0": requirement,
    "dependencies/requirements/0": requirement,
    "dependencies/pyproject": _under("path"),
    "input_example": _example,
    "signature/inputs": _fields,
    "signature/inputs/0": _under("type"),
    "signature/outputs": _fields,
    "signature/outputs/0": _under("type"),
    "variants": _variants,
    "verify/expected_output": _under("file"),
}
