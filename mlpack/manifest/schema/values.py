"""Sentences about values: their kind, their form, their limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mlpack.manifest.document import Document, join
from mlpack.manifest.schema.findings import Finding, about, at, named
from mlpack.manifest.schema.missing import addition_line, described
from mlpack.manifest.schema.shapes import reshaped
from mlpack.manifest.schema.suggestions import closest
from mlpack.manifest.schema.traps import YAML_1_1, number_trap, sixty
from mlpack.manifest.schema.words import either, kinds, short, value

_PYTHON = {
    "string": str,
    "array": list,
    "object": dict,
    "integer": int,
    "number": float,
    "boolean": bool,
    "null": type(None),
}
_UNITS = re.compile(r"(\d+(?:\.\d+)?)\s*([smh])[a-z]*", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MODEL_CLASS = re.compile(r"([\w./\\]+?)(?:\.py)?[:.](\w+)")


def wrong_type(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is of another kind, naming YAML's traps."""
    wanted = (
        [error.validator_value]
        if isinstance(error.validator_value, str)
        else list(error.validator_value)
    )
    pointer, found = at(error), error.instance
    source = document.source(pointer)
    expected = f"Expected {kinds(wanted)} for {named(error)}, found"
    if found is None:
        message = f"{expected} {f'`{source}`' if source else 'nothing'}"
        yield about("wrong-type", error, message, _empty_hint(error, wanted, schema))
    elif "string" in wanted and isinstance(found, bool | int | float) and source is not None:
        message = f"{expected} {value(found)}"
        yield about("unquoted-text", error, message, f'Quote it: "{source}".')
    else:
        message = f"{expected} {value(found)}"
        yield about("wrong-type", error, message, _type_hint(error, wanted, source, schema))


def _empty_hint(error: Any, wanted: list[str], schema: dict[str, Any]) -> str:
    if not error.absolute_path or isinstance(error.absolute_path[-1], int):
        return f"Write {kinds(wanted)}, or remove the entry."
    return f"Set a value, {_such_as(error, wanted, schema)}or remove the key."


def _such_as(error: Any, wanted: list[str], schema: dict[str, Any]) -> str:
    """Return the schema's own example of a wanted kind, as part of a sentence."""
    if not error.absolute_path or isinstance(error.absolute_path[-1], int):
        return ""
    parent, _, key = at(error).rpartition("/")
    for example in described(parent, key, schema).get("examples", ()):
        if isinstance(example, tuple(_PYTHON[name] for name in wanted)):
            return f"such as `{addition_line(key, {'examples': [example]})}`, "
    return ""


def _type_hint(
    error: Any, wanted: list[str], source: str | None, schema: dict[str, Any]
) -> str | None:
    found = error.instance
    if "boolean" in wanted and isinstance(found, str):
        meant = YAML_1_1.get(found.lower())
        return (
            f"YAML 1.2 accepts only true and false: write `{meant}`."
            if meant
            else f"Write {kinds(wanted)}."
        )
    if {"number", "integer"} & set(wanted):
        if trap := number_trap(found, source):
            return trap
        if isinstance(found, str) and source is None:
            return "Remove the quotes."
    if line := reshaped(at(error), found):
        return f"Write `{line}`."
    if "array" in wanted and not isinstance(found, dict | list):
        shown = short(found) if isinstance(found, str) else "…"
        return f"Write a list: `[{shown}]`, or one `- …` per line."
    if wanted == ["string"] and isinstance(found, dict):
        return "Write a string, in quotes if it contains `: ` or begins with `{`."
    if not error.absolute_path and isinstance(found, list):
        return "Write `key: value` lines, without `-`."
    example = _such_as(error, wanted, schema)
    return f"Write {kinds(wanted)}, {example}".rstrip(", ") + "."


def bad_value(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is none of those possible."""
    choices = list(_choices(error))
    if type(error.instance) not in {type(choice) for choice in choices}:
        return  # The type is wrong, and is reported as such.
    meant = closest(str(error.instance), [str(choice) for choice in choices])
    message = f"{named(error)} cannot be {value(error.instance)}"
    if error.instance == "auto" and error.absolute_path[-1] == "torch_backend":
        message += ", which depends on the build machine"
    hint = f"Did you mean `{meant}`?" if meant else f"Choose {_listed(choices)}."
    if at(error) == "/mlpack":
        message = f"This version of mlpack does not support format {error.instance}"
        hint = "Write `mlpack: 1`, or use the version of mlpack that the file was written for."
    yield about("bad-value", error, message, hint)


def _choices(error: Any) -> Iterable[Any]:
    return [error.validator_value] if error.validator == "const" else error.validator_value


def _listed(choices: list[Any]) -> str:
    few = choices if len(choices) <= 14 else choices[:6]
    shown = [f"`{choice}`" for choice in few]
    return either(shown) if few is choices else f"one of {', '.join(shown)}, …"


def bad_format(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a string or a name has not its form."""
    explanation = error.schema.get("patternErrorMessage", f"It must match {error.validator_value}.")
    in_names = "propertyNames" in error.absolute_schema_path
    pointer = join(at(error), error.instance) if in_names else at(error)
    owner = f"A name in {named(error)}" if in_names else named(error)
    yield Finding(
        code="bad-format",
        pointer=pointer,
        message=f"{owner} has an invalid format: `{short(error.instance)}`"
        if error.instance
        else f"{owner} must not be empty",
        hint=_form_hint(error.instance, explanation),
        at_key=in_names,
    )


def _form_hint(found: str, explanation: str) -> str:
    meant = _meant_form(found, explanation)
    return f"Did you mean `{meant}`? {explanation}" if meant else explanation


def _meant_form(found: str, explanation: str) -> str | None:
    """Return what a string of the wrong form was probably meant to be."""
    if "package.module:Class" in explanation and (match := _MODEL_CLASS.fullmatch(found.strip())):
        module = re.sub(r"[/\\]", ".", match[1]).strip(".")
        return f"{module}:{match[2]}"
    if explanation.startswith("Use lower-case letters"):
        return re.sub(r"[^a-z0-9._-]+", "-", found.lower()).strip("-._") or None
    if explanation.startswith("Use letters, digits"):
        return re.sub(r"[^A-Za-z0-9._-]+", "_", found).strip("-._") or None
    if "minor version" in explanation and (match := re.search(r"3\.?(9|1[0-4])(?!\d)", found)):
        return f'"3.{match[1]}"'
    if explanation.startswith("Write seconds"):
        return _meant_time(found)
    if explanation.startswith("Write a time") and _DATE.fullmatch(found):
        return f'"{found}T00:00:00Z"'
    return None


def _meant_time(found: str) -> str | None:
    if time := sixty(found):
        return f"{time}s"
    match = _UNITS.fullmatch(found.strip())
    return f"{match[1]}{match[2].lower()}" if match else None


def limit(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is too small, too long, too few."""
    if error.validator == "uniqueItems":
        yield from _repeated(error)
        return
    bound = error.validator_value
    entries = "entry" if bound == 1 else "entries"
    rule, hint = {
        "minimum": (f"must be at least {bound}", "Use a larger number."),
        "exclusiveMinimum": (f"must be greater than {bound}", "Use a larger number."),
        "maximum": (f"must be at most {bound}", "Use a smaller number."),
        "minItems": (f"must have at least {bound} {entries}", "Add one, or remove the key."),
        "maxItems": (f"can have at most {bound} {entries}", "Remove the others."),
        "minProperties": (f"must have at least {bound} {entries}", "Add one, or remove the key."),
        "minLength": ("must not be empty", "Write a string, or remove it."),
        "maxLength": (f"must be at most {bound} characters long", "Shorten it."),
    }[error.validator]
    yield about("bad-value", error, f"{named(error)} {rule}", hint)


def _repeated(error: Any) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for index, item in enumerate(error.instance):
        place = join(at(error), index)
        known = first.setdefault(str(item), index)
        if known != index:
            yield Finding(
                code="duplicate-entry",
                pointer=place,
                message=f"{named(error)} lists `{short(str(item))}` twice",
                hint="Remove one of the two.",
                also=(join(at(error), known), "first defined here"),
            )


def other(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what no sentence is written for."""
    yield about("bad-value", error, f"{named(error)}: {error.message}", "Fix the value.")
