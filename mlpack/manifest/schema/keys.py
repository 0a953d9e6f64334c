"""Sentences about keys: unknown, exclusive, reserved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlpack.manifest.document import Document, join
from mlpack.manifest.schema.findings import Finding, about, at, named
from mlpack.manifest.schema.missing import addition_line, described, flow
from mlpack.manifest.schema.shapes import column, requirement
from mlpack.manifest.schema.suggestions import closest, known_alias
from mlpack.manifest.schema.words import both, dotted, either, short, value

_TYPES = (
    "boolean", "integer", "long", "float", "double", "string", "binary", "datetime", "any",
)  # fmt: skip


def unknown_keys(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield each key that the mapping does not know."""
    known = error.schema.get("properties", {})
    patterns = error.schema.get("patternProperties", {})
    for key in error.instance:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            yield _unknown_key(key, error, schema)


def _unknown_key(key: str, error: Any, schema: dict[str, Any]) -> Finding:
    pointer, value_given = at(error), error.instance[key]
    if ":" in key:
        return _without_space(key, pointer)
    if found := _misplaced(key, value_given, error):
        return found
    known = [name for name in error.schema.get("properties", {}) if name not in error.instance]
    given_keys = [name for name in error.schema.get("properties", {}) if name in error.instance]
    meant = closest(key, known)
    return Finding(
        code="unknown-key",
        pointer=join(pointer, key),
        message=f"`{key}` is not a key of {named(error)}",
        hint=_unknown_key_hint(key, meant, known, given_keys, pointer, schema),
        at_key=True,
        suggestion=meant,
    )


def _without_space(key: str, pointer: str) -> Finding:
    name, _, rest = key.partition(":")
    return Finding(
        code="unknown-key",
        pointer=join(pointer, key),
        message=f"Missing space after the colon in `{short(key)}`",
        hint=f"Write `{name}: {short(rest)}`.",
        at_key=True,
        suggestion=name,
    )


def _misplaced(key: str, given: Any, error: Any) -> Finding | None:
    """Return the finding where the key is a name that belongs into a value."""
    line, pointer = None, at(error)
    owner = pointer.rpartition("/")[0]
    if owner.endswith(("signature/inputs", "signature/outputs")):
        if isinstance(given, str) and closest(given, _TYPES) is not None:
            line = flow(column(key, closest(given, _TYPES)))
    elif pointer.endswith("/dependencies") and isinstance(given, str):
        line = f"- {requirement({key: given})}"
    if line is None:
        return None
    return Finding(
        code="unknown-key",
        pointer=join(pointer, key),
        message=f"`{key}` is not a key of {named(error)}",
        hint=f"Write `{line}`.",
        at_key=True,
        suggestion="type",
    )


def _unknown_key_hint(
    key: str,
    meant: str | None,
    known: list[str],
    given: list[str],
    pointer: str,
    schema: dict[str, Any],
) -> str:
    if pointer.startswith("/variants/") and pointer.count("/") == 2 and key in ("mlpack", "name"):
        return f"`{key}` is the same for all variants: set it at the top level."
    elsewhere = _homes(key, schema)
    if meant and not (elsewhere and known_alias(key, [meant]) is None):
        return _meant(key, meant)
    if elsewhere and pointer not in elsewhere:
        return f"`{key}` belongs {either(list(elsewhere.values()))}."
    if meant:
        return _meant(key, meant)
    if twin := closest(key, given):
        return f"Did you mean `{twin}`? It is already set: remove one of the two."
    listed = (
        f"The available keys are {both([f'`{name}`' for name in known])}."
        if known
        else "Remove it."
    )
    return f"{listed} Custom keys start with `x-`." if not pointer else listed


def _meant(key: str, meant: str) -> str:
    by_name = meant == "artifacts" and not key.lower().startswith("artifact")
    more = f" Files are listed there by name: `artifacts: {{{key}: …}}`." if by_name else ""
    return f"Did you mean `{meant}`?{more}"


def _homes(key: str, schema: dict[str, Any]) -> dict[str, str]:
    """Return where ``key`` is known: pointer of the mapping → phrase."""
    homes = {"": "at the top level"} if key in schema["properties"] else {}
    for name in schema["properties"]:
        if key in schema["definitions"].get(name, {}).get("properties", {}):
            homes[join("", name)] = f"under `{name}`"
    return homes


def one_of_keys(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that none, or more than one, of some exclusive keys is given."""
    names = [branch["required"][0] for branch in error.validator_value]
    given = [name for name in error.instance if name in names]
    choices = either([f"`{name}`" for name in names])
    if given:
        message = f"{named(error)} accepts only one of {both([f'`{name}`' for name in given])}"
        yield _excluded("one-of", error, message, given)
    else:
        message = f"{named(error)} requires one of {choices}"
        line = addition_line(names[0], described(at(error), names[0], schema))
        hint = f"Add one of them, such as `{line}`."
        yield about("one-of", error, message, hint, at_key=True, wanted=tuple(names))


def _excluded(code: str, error: Any, message: str, given: list[str]) -> Finding:
    """Return that keys exclude each other, at the last of them."""
    found = about(code, error, message, "Keep one of them and remove the rest.", at_key=True)
    also = (join(found.pointer, given[0]), "the first one")
    return replace(found, pointer=join(found.pointer, given[-1]), also=also)


def forbidden(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what `not` refuses: keys together, a reserved key, a foreign key, a value."""
    if not error.validator_value:
        yield _out_of_place(error)
    elif "required" in error.validator_value:
        given = [key for key in error.instance if key in error.validator_value["required"]]
        keys = both([f"`{key}`" for key in given])
        message = f"{named(error)} cannot have both {keys}"
        yield _excluded("conflicting-keys", error, message, given)
    elif "enum" in error.validator_value:
        message = f"`{error.instance}` is reserved: mlpack writes it itself"
        yield Finding(
            code="reserved-key",
            pointer=join(at(error), error.instance),
            message=message,
            hint="Rename it; to set tags, use the top-level key `tags`.",
            at_key=True,
        )
    else:
        message = f"{named(error)} cannot be {value(error.instance)}"
        yield about("bad-value", error, message, "Write the length, or -1 for any length.")


def _out_of_place(error: Any) -> Finding:
    # `properties: {items: {not: {}}}`: a key that only another type has.
    key = str(error.absolute_path[-1])
    owner = dotted(list(error.absolute_path)[:-1])
    return about(
        "unknown-key",
        error,
        f"The type of {owner} does not accept `{key}`",
        f"Remove `{key}`, or fix the type.",
        at_key=True,
    )
