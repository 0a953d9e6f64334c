"""Sentences about missing keys, and the line to add for each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mlpack.manifest.document import Document, split
from mlpack.manifest.schema.findings import Finding, at, named
from mlpack.manifest.schema.words import both

_PLAIN = re.compile(r"[A-Za-z_./]([^\s:#,\[\]{}&*!|>'\"%@`?]|:(?=\S)| (?=\S))*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})

Described = Mapping[str, Any]


def addition(keys: Sequence[str], descriptions: Mapping[str, Described]) -> str:
    """Return the way out where ``keys`` are missing, from their descriptions in the schema."""
    if len(keys) > 1:
        lines = [addition_line(key, descriptions.get(key, {})) for key in keys]
        return "\n".join(["Add these lines, with your own values:", *lines])
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


def missing_keys(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield each required key that is missing."""
    for key in error.validator_value:
        if key not in error.instance:
            yield _missing(key, error, "")


def _missing(key: str, error: Any, reason: str) -> Finding:
    return Finding(
        code="missing-key",
        pointer=at(error),
        message=reason,
        hint=None,
        at_key=True,
        subject=key,
        wanted=(key,),
        owner=named(error),
    )


def dependent_keys(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield each key that another one needs."""
    for key, needed in error.validator_value.items():
        if key in error.instance:
            for name in needed:
                if name not in error.instance:
                    yield _missing(name, error, f", which `{key}` needs")


def lacking(findings: list[Finding], schema: dict[str, Any]) -> Finding:
    """Return one finding for the keys that one mapping lacks."""
    first = findings[0]
    names = [name for finding in findings for name in finding.wanted]
    keys = "key" if len(names) == 1 else "keys"
    place = "" if first.owner == "the manifest" else f" in {first.owner}"
    listed = both([f"`{name}`" for name in names])
    message = f"Missing required {keys} {listed}{place}{first.message}"
    found = {name: described(first.pointer, name, schema) for name in names}
    hint = addition(names, found)
    if names == ["shape"]:
        hint = f"Add `{addition_line('shape', found['shape'])}`; a column has `type`, not `dtype`."
    return replace(
        first,
        message=message,
        hint=hint,
        wanted=tuple(names),
    )


def described(pointer: str, key: str, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what the schema says of ``key`` in the mapping at ``pointer``."""
    path = split(pointer)
    if path[:1] == ["variants"]:
        path = path[2:]
    owner = _resolved(schema, schema)
    for step in path:
        known = owner.get("properties", {})
        rest = owner.get("items") if step.isdigit() else owner.get("additionalProperties")
        found = known.get(step) or (rest if isinstance(rest, dict) else {})
        owner = _resolved(found, schema)
    properties = owner.get("properties") or _field_keys(schema)
    return _resolved(properties.get(key, {}), schema)


def _field_keys(schema: dict[str, Any]) -> dict[str, Any]:
    # A field is a column or a tensor, and which one only its keys tell.
    kinds = schema["definitions"]
    return {**kinds["tensor"]["properties"], **kinds["column"]["properties"]}


def _resolved(known: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in known:
        known = {
            **schema["definitions"][known["$ref"].rpartition("/")[2]],
            **{name: value for name, value in known.items() if name != "$ref"},
        }
    return known
