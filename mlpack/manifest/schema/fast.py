"""A quick yes for a manifest that is in order: jsonschema, the authority, takes 90 ms to import.

It knows the keywords that our schema uses and raises for any other, so that a wider schema cannot
be passed over in silence; a test holds its answers and jsonschema's together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Schema = dict[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_SILENT = frozenset(
    {"$schema", "$id", "title", "description", "markdownDescription", "default", "examples",
     "defaultSnippets", "definitions", "patternErrorMessage",
     "properties", "additionalProperties", "patternProperties", "then", "else"}
)  # fmt: skip


def is_valid(value: Any, schema: Schema, root: Schema) -> bool:
    """Whether ``value`` fits ``schema``, whose references lead into ``root``."""
    if "$ref" in schema:
        return is_valid(value, root["definitions"][schema["$ref"].rpartition("/")[2]], root)
    return all(
        _KEYWORDS[keyword](value, schema, root) for keyword in schema if keyword not in _SILENT
    ) and _fits_properties(value, schema, root)


def _fits_properties(value: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, dict) or not schema.keys() & {"properties", "additionalProperties"}:
        return True
    known = schema.get("properties", {})
    rest = schema.get("additionalProperties", True)
    patterns = schema.get("patternProperties", {})
    for key, item in value.items():
        if key in known:
            fits = is_valid(item, known[key], root)
        elif any(re.search(pattern, key) for pattern in patterns):
            # All our patterned keys are free.
            fits = True
        else:
            fits = rest if isinstance(rest, bool) else is_valid(item, rest, root)
        if not fits:
            return False
    return True


def _type(value: Any, schema: Schema, root: Schema) -> bool:
    names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)


def _condition(value: Any, schema: Schema, root: Schema) -> bool:
    branch = schema.get("then" if is_valid(value, schema["if"], root) else "else", {})
    return is_valid(value, branch, root)


def _any_of(value: Any, schema: Schema, root: Schema) -> bool:
    return any(is_valid(value, branch, root) for branch in schema["anyOf"])


def _one_of(value: Any, schema: Schema, root: Schema) -> bool:
    return sum(is_valid(value, branch, root) for branch in schema["oneOf"]) == 1


def _all_of(value: Any, schema: Schema, root: Schema) -> bool:
    return all(is_valid(value, branch, root) for branch in schema["allOf"])


def _items(value: Any, schema: Schema, root: Schema) -> bool:
    return not isinstance(value, list) or all(is_valid(v, schema["items"], root) for v in value)


def _names(value: Any, schema: Schema, root: Schema) -> bool:
    rule = schema["propertyNames"]
    return not isinstance(value, dict) or all(is_valid(name, rule, root) for name in value)


def _dependencies(value: Any, schema: Schema, root: Schema) -> bool:
    needed = schema["dependencies"]
    return not isinstance(value, dict) or all(
        name in value for key in needed if key in value for name in needed[key]
    )


def _same(value: Any, other: Any) -> bool:
    return isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _unique(value: Any, schema: Schema, root: Schema) -> bool:
    if not isinstance(value, list):
        return True
    # Only lists of texts are declared unique; for anything else the authority is asked.
    return all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


def _of(kind: type | tuple[type, ...], rule: Callable[[Any, Any], bool], keyword: str) -> Any:
    def check(value: Any, schema: Schema, root: Schema) -> bool:
        concerned = isinstance(value, kind) and not isinstance(value, bool)
        return not concerned or rule(value, schema[keyword])

    return check


_NUMBER = (int, float)
_KEYWORDS: dict[str, Callable[[Any, Schema, Schema], bool]] = {
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": lambda value, schema, root: _same(value, schema["const"]),
    "dependencies": _dependencies,
    "enum": lambda value, schema, root: any(_same(value, one) for one in schema["enum"]),
    "exclusiveMinimum": _of(_NUMBER, lambda value, bound: value > bound, "exclusiveMinimum"),
    "if": _condition,
    "items": _items,
    "maxItems": _of(list, lambda value, bound: len(value) <= bound, "maxItems"),
    "maxLength": _of(str, lambda value, bound: len(value) <= bound, "maxLength"),
    "minItems": _of(list, lambda value, bound: len(value) >= bound, "minItems"),
    "minLength": _of(str, lambda value, bound: len(value) >= bound, "minLength"),
    "minProperties": _of(dict, lambda value, bound: len(value) >= bound, "minProperties"),
    "minimum": _of(_NUMBER, lambda value, bound: value >= bound, "minimum"),
    "not": lambda value, schema, root: not is_valid(value, schema["not"], root),
    "oneOf": _one_of,
    "pattern": _of(str, lambda value, rule: re.search(rule, value) is not None, "pattern"),
    "propertyNames": _names,
    "required": _of(dict, lambda value, names: all(name in value for name in names), "required"),
    "type": _type,
    "uniqueItems": _unique,
}
