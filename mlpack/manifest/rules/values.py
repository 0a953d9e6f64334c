"""Whether a value fits one of MLflow's types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from mlpack.manifest.document import join
from mlpack.manifest.schema.words import value as phrase

ValueMisfit = tuple[str, str]
"""A pointer, and what must stand there as the end of a sentence: ``must be …, not …``."""

_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?",
    re.ASCII,
)
_RANGES = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_PHRASES = {
    "boolean": "true or false",
    "integer": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
    "string": "a string",
    "binary": "a base64 string",
    "datetime": "a time such as 2026-11-01T00:00:00",
    "array": "a list",
    "object": "a mapping",
    "map": "a mapping",
}


def misfits(
    value: Any, kind: Mapping[str, Any], at: str, *, exact: bool = False, inside: bool = False
) -> Iterator[ValueMisfit]:
    """Yield where ``value`` cannot be cast to ``kind``, MLflow's JSON form of a type.

    With ``exact``, 1.0 is not an integer, nor, ``inside`` an object, 1 a double: mlpack casts
    columns so, but nothing casts params.
    """
    name = kind["type"]
    if name == "array" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from misfits(item, kind["items"], join(at, index), exact=exact, inside=inside)
    elif name == "map" and isinstance(value, dict):
        for key, item in value.items():
            yield from misfits(item, kind["values"], join(at, key), exact=exact, inside=inside)
    elif name == "object" and isinstance(value, dict):
        yield from _object_misfits(value, kind["properties"], at, exact)
    elif exact and inside and name == "double" and type(value) is int:
        yield at, f"must be {value}.0 (double), not {phrase(value)}"
    elif name != "any":
        yield from _scalar_misfits(value, name, at, exact)


def _object_misfits(
    value: dict[str, Any], properties: Mapping[str, Any], at: str, exact: bool
) -> Iterator[ValueMisfit]:
    for key in value.keys() - properties.keys():
        yield (
            join(at, key),
            f"is not a property of the type; its properties are {', '.join(properties)}",
        )
    for key, kind in properties.items():
        if key in value:
            if value[key] is not None or kind["required"]:
                yield from misfits(value[key], kind, join(at, key), exact=exact, inside=True)
        elif kind["required"]:
            yield at, f"is missing the property `{key}`"


def _scalar_misfits(value: Any, name: str, at: str, exact: bool) -> Iterator[ValueMisfit]:
    if not _fits(value, name, exact):
        wanted = _PHRASES[name] if _PHRASES[name].endswith(name) else f"{_PHRASES[name]} ({name})"
        yield at, f"must be {wanted}, not {phrase(value)}"
    elif name in _RANGES:
        low, high = _RANGES[name]
        if not low <= value <= high:
            bits = 32 if name == "integer" else 64
            yield at, f"does not fit in {bits} bits ({name}): {phrase(value)}"


def _fits(value: Any, name: str, exact: bool) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name in _RANGES:
        integral = isinstance(value, float) and value.is_integer() and not exact
        return isinstance(value, int) or integral
    if name in ("float", "double"):
        return isinstance(value, int | float)
    if name == "datetime":
        return isinstance(value, str) and is_time(value)
    return name in ("string", "binary") and isinstance(value, str)


def is_number(text: str) -> bool:
    """Whether ``text`` is a number, as a quoted string may be."""
    return re.fullmatch(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?", text) is not None


def is_time(text: str) -> bool:
    """Whether ``text`` is a date of the calendar, or a time of one with or without an offset."""
    # Not `fromisoformat`: what that reads differs between versions of Python.
    match = _TIME.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return False
    return True
