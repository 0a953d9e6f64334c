"""Structured files as JSON values, read so that no file can hurt its reader."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

_DEPTH = 100
_VALUES = 1_000_000


def load_json(content: bytes) -> Any:
    """Return a JSON text's value. Raises ``ValueError`` for what is none or nests too deep."""
    try:
        return json_value(json.loads(content))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def load_yaml(content: bytes, *, aliases: bool = True) -> Any:
    """Return the value of one YAML document. Raises ``ValueError`` for what is none.

    A few lines of aliases may stand for more than any memory holds: then it is refused, or
    wherever there are ``aliases``, if they are not wanted.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Over events: the composer recurses, and deep nesting crashes it.
        _refuse_traps(yaml.parse(content, Loader=loader), aliases=aliases)
        return json_value(yaml.load(content, Loader=loader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError("it is not valid YAML") from error


def load_mlmodel(content: bytes) -> Any:
    """Return an ``MLmodel``'s value, the JSON strings of its signature taken apart."""
    value = load_yaml(content)
    if not isinstance(value, Mapping) or not isinstance(value.get("signature"), Mapping):
        return value
    return {**value, "signature": {key: _parsed(text) for key, text in value["signature"].items()}}


def json_value(value: Any) -> Any:
    """Return JSON values only: dates, bytes, NaN and keys that are no text become text.

    Raises ``ValueError`` for more values than a person could have meant.
    """
    return _json(value, count())


def _json(value: Any, seen: Iterator[int]) -> Any:
    if next(seen) > _VALUES:
        raise ValueError("it has too many values")
    if isinstance(value, Mapping):
        return {_encodable(str(key)): _json(item, seen) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item, seen) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_json(item, seen) for item in value), key=str)
    if isinstance(value, str):
        return _encodable(value)
    finite = isinstance(value, (bool, int)) or (isinstance(value, float) and math.isfinite(value))
    return value if value is None or finite else str(value)


def _parsed(text: Any) -> Any:
    try:
        return load_json(text.encode()) if isinstance(text, str) else text
    except ValueError:
        return text


def _refuse_traps(events: Any, *, aliases: bool) -> None:
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent) and not aliases:
            raise ValueError("it contains aliases")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH:
            raise ValueError("it is nested too deeply")


def _encodable(text: str) -> str:
    """Return a string that UTF-8 can write: JSON may escape half a character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
