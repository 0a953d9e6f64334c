"""Sentences about values: their kind, their form, their limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mlpack.document import Document, join
from mlpack.schema.findings import Finding, about, at, named
from mlpack.schema.suggestions import closest
from mlpack.schema.words import either, kinds, short, value

_YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
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
    must = f"{named(error)} must be {kinds(wanted)}"
    if found is None:
        yield about(
            "wrong-type",
            error,
            f"{must}, not {source}" if source else f"{must}, but nothing stands here",
            "Give a value, or remove the key.",
        )
    elif "string" in wanted and isinstance(found, bool | int | float) and source is not None:
        message = f"{must}, and {source} without quotes is {value(found)}"
        yield about("unquoted-text", error, message, f'Quote it: "{source}".')
    else:
        message = f"{must}, not {value(found)}"
        yield about("wrong-type", error, message, _type_hint(wanted, found, source))


def _type_hint(wanted: list[str], found: Any, source: str | None) -> str | None:
    if "boolean" in wanted and isinstance(found, str) and found.lower() in _YAML_1_1:
        return f"YAML 1.2 knows true and false only: write `{_YAML_1_1[found.lower()]}`."
    if {"number", "integer"} & set(wanted) and isinstance(found, str) and source is None:
        return "Remove the quotes."
    if "array" in wanted and not isinstance(found, dict | list):
        return "Write a list: `[…]`, or one `- …` a line."
    if "object" in wanted and isinstance(found, list):
        return "Write `key: value` lines, without `-`."
    return f"Write {kinds(wanted)}."


def bad_value(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is none of those possible."""
    choices = list(_choices(error))
    if type(error.instance) not in {type(choice) for choice in choices}:
        return  # The type is wrong, and is reported as such.
    meant = closest(str(error.instance), [str(choice) for choice in choices])
    message = f"{named(error)} cannot be {value(error.instance)}"
    if error.instance == "auto" and error.absolute_path[-1] == "torch_backend":
        message += ", which depends on the machine that builds"
    hint = f"Did you mean `{meant}`?" if meant else f"Choose {_listed(choices)}."
    yield about("bad-value", error, message, hint)


def _choices(error: Any) -> Iterable[Any]:
    return [error.validator_value] if error.validator == "const" else error.validator_value


def _listed(choices: list[Any]) -> str:
    shown = [f"`{choice}`" for choice in choices[:14]]
    return either(shown) if len(choices) <= 14 else f"one of {', '.join(shown)}, …"


def bad_format(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a text or a name has not its form."""
    explanation = error.schema.get("patternErrorMessage", f"It must match {error.validator_value}.")
    in_names = "propertyNames" in error.absolute_schema_path
    pointer = join(at(error), error.instance) if in_names else at(error)
    owner = f"A name in {named(error)}" if in_names else named(error)
    yield Finding(
        code="bad-format",
        pointer=pointer,
        message=f"{owner} has the wrong form: `{short(error.instance)}`",
        hint=_class_hint(error.instance, explanation),
        at_key=in_names,
    )


def _class_hint(found: str, explanation: str) -> str:
    match = _MODEL_CLASS.fullmatch(found.strip())
    if "package.module:Class" not in explanation or not match:
        return explanation
    module = re.sub(r"[/\\]", ".", match[1]).strip(".")
    return f"Did you mean `{module}:{match[2]}`? {explanation}"


def limit(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is too small, too long, too few."""
    bound = error.validator_value
    rule = {
        "minimum": f"must be at least {bound}",
        "exclusiveMinimum": f"must be more than {bound}",
        "maximum": f"must be at most {bound}",
        "minItems": f"needs at least {bound} entry",
        "maxItems": f"takes at most {bound} entry",
        "minProperties": f"needs at least {bound} entry",
        "minLength": "must not be empty",
        "maxLength": f"must be at most {bound} characters long",
        "uniqueItems": "holds an entry twice",
    }[error.validator]
    hint = (
        "Remove one of the two."
        if error.validator == "uniqueItems"
        else "Correct the value, or remove the key."
    )
    yield about("bad-value", error, f"{named(error)} {rule}", hint)


def other(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what no sentence is written for."""
    yield about("bad-value", error, f"{named(error)}: {error.message}", "Correct the value.")
