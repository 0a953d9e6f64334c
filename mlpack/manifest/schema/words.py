"""Names of places and kinds of values, in the words of somebody who reads YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

_KINDS = {
    "string": "a string",
    "object": "a mapping",
    "array": "a list",
    "integer": "an integer",
    "number": "a number",
    "null": "null",
}


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as a reader would say it: ``signature.inputs[0].type``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else str(key)
    return f"`{text}`" if text else "the manifest"


def kinds(names: Iterable[str]) -> str:
    """Return the schema's type names as a phrase: ``a string or a mapping``."""
    phrases: list[str] = []
    for name in names:
        phrases += ["true", "false"] if name == "boolean" else [_KINDS[name]]
    return either([phrase for phrase in phrases if phrase != "null"] or ["null"])


def either(phrases: Sequence[str]) -> str:
    """Join phrases with commas and ``or``: ``a, b, or c``."""
    return _joined(phrases, "or")


def both(phrases: Sequence[str]) -> str:
    """Join phrases with commas and ``and``: ``a, b, and c``."""
    return _joined(phrases, "and")


def _joined(phrases: Sequence[str], word: str) -> str:
    if len(phrases) < 3:
        return f" {word} ".join(phrases)
    return f"{', '.join(phrases[:-1])}, {word} {phrases[-1]}"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 column``, ``2 columns``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def short(word: str, limit: int = 40) -> str:
    """Return a string cut to ``limit`` characters."""
    return word if len(word) <= limit else word[: limit - 1] + "…"


def value(found: Any) -> str:
    """Return a value as a short phrase: ``the string `no```, ``the number `3.1```, ``a list``."""
    if isinstance(found, dict):
        return "a mapping"
    if isinstance(found, list):
        return "a list"
    if found is None:
        return "null"
    if isinstance(found, str):
        return f"the string `{short(found)}`"
    word = short(json.dumps(found))
    return f"`{word}`" if isinstance(found, bool) else f"the number `{word}`"
