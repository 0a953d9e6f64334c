"""What to add where a key is missing: a line to paste, and what the key is for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_./]([^\s:#,\[\]{}&*!|>'\"%@`?]|:(?=\S)| (?=\S))*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

Described = Mapping[str, Any]


def addition(keys: Sequence[str], descriptions: Mapping[str, Described]) -> str:
    """Return the way out where ``keys`` are missing, from their descriptions in the schema."""
    if len(keys) > 1:
        lines = [addition_line(key, descriptions.get(key, {})) for key in keys]
        return "\n".join(["Add these lines, with values of your own:", *lines])
    known = descriptions.get(keys[0], {})
    return f"Add `{addition_line(keys[0], known)}`. {known.get('description', '')}".strip()


def addition_line(key: str, known: Described) -> str:
    """Return the line that gives ``key`` its first example."""
    examples = known.get("examples") or known.get("enum")
    return f"{key}: {flow(examples[0])}" if examples else f"{key}: …"


def flow(value: Any) -> str:
    """Return a value as one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
