"""Structured files as JSON values, read so that no file can hurt its reader."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_DEPTH = 100


def load_json(content: bytes) -> Any:
    """Return a JSON text's value. Raises ``ValueError`` for what is none or nests too deep."""
    try:
        return _plain(json.loads(content))
    except RecursionError as error:
        raise ValueError("it nests too deep") from error


def load_yaml(content: bytes) -> Any:
    """Return the value of one YAML document. Raises ``ValueError`` for what is none.

    Aliases are refused: a few lines of them stand for more than any memory holds.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Over events: the composer recurses, and deep nesting crashes it.
        _refuse_traps(yaml.parse(content, Loader=loader))
        return _plain(yaml.load(content, Loader=loader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("it is not YAML") from error


def load_mlmodel(content: bytes) -> Any:
    """Return an ``MLmodel``'s value, the JSON texts of its signature taken apart."""
    value = load_yaml(content)
    if not isinstance(value, Mapping) or not isinstance(value.get("signature"), Mapping):
        return value
    return {**value, "signature": {key: _parsed(text) for key, text in value["signature"].items()}}


def _parsed(text: Any) -> Any:
    try:
        return load_json(text.encode()) if isinstance(text, str) else text
    except ValueError:
        return text


def _refuse_traps(events: Any) -> None:
    import yaml

    depth = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("it has aliases")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEPTH:
            raise ValueError("it nests too deep")


def _plain(value: Any) -> Any:
    """Return JSON values only: dates, bytes, NaN and keys that are no text become text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (str, int, float, bool)):
        return _encodable(value) if isinstance(value, str) else value
    return str(value)


def _encodable(text: str) -> str:
    """Return a text that UTF-8 can write: JSON may escape half a character."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
