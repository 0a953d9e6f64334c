"""Sentences about values: their kind, their form, their limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from mlpack.document import Document, join
from mlpack.schema.findings import Finding, about, at, named
from mlpack.schema.suggestions import closest
from mlpack.schema.traps import YAML_1_1, number_trap, sixty
from mlpack.schema.words import either, kinds, short, value

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
        hint = "Give a value, or remove the key."
        if error.absolute_path and isinstance(error.absolute_path[-1], int):
            hint = f"Write {kinds(wanted)}, or remove the entry."
        message = f"{must}, not {source}" if source else f"{must}, but nothing stands here"
        yield about("wrong-type", error, message, hint)
    elif "string" in wanted and isinstance(found, bool | int | float) and source is not None:
        message = f"{must}, and {source} without quotes is {value(found)}"
        yield about("unquoted-text", error, message, f'Quote it: "{source}".')
    else:
        message = f"{must}, not {value(found)}"
        yield about("wrong-type", error, message, _type_hint(wanted, found, source))


def _type_hint(wanted: list[str], found: Any, source: str | None) -> str | None:
    if "boolean" in wanted and isinstance(found, str) and found.lower() in YAML_1_1:
        return f"YAML 1.2 knows true and false only: write `{YAML_1_1[found.lower()]}`."
    if {"number", "integer"} & set(wanted):
        if trap := number_trap(found, source):
            return trap
        if isinstance(found, str) and source is None:
            return "Remove the quotes."
    if "array" in wanted and isinstance(found, str):
        return f"Write a list: `[{short(found)}]`, or one `- …` a line."
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
    if at(error) == "/mlpack":
        message = f"This mlpack does not know the format {error.instance}"
        hint = "Write `mlpack: 1`, or use the version of mlpack that the file was written for."
    yield about("bad-value", error, message, hint)


def _choices(error: Any) -> Iterable[Any]:
    return [error.validator_value] if error.validator == "const" else error.validator_value


def _listed(choices: list[Any]) -> str:
    few = choices if len(choices) <= 14 else choices[:6]
    shown = [f"`{choice}`" for choice in few]
    return either(shown) if few is choices else f"one of {', '.join(shown)}, …"


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
        hint=_form_hint(error.instance, explanation),
        at_key=in_names,
    )


def _form_hint(found: str, explanation: str) -> str:
    meant = _meant_form(found, explanation)
    return f"Did you mean `{meant}`? {explanation}" if meant else explanation


def _meant_form(found: str, explanation: str) -> str | None:
    """Return what a text of the wrong form was probably meant to be."""
    if "package.module:Class" in explanation and (match := _MODEL_CLASS.fullmatch(found.strip())):
        module = re.sub(r"[/\\]", ".", match[1]).strip(".")
        return f"{module}:{match[2]}"
    if explanation.startswith("Use lower-case letters"):
        return re.sub(r"[^a-z0-9._-]+", "-", found.lower()).strip("-._") or None
    if explanation.startswith("Use letters, digits"):
        return re.sub(r"[^A-Za-z0-9._-]+", "_", found).strip("-._") or None
    if "minor version" in explanation and (match := re.search(r"3\.?(9|1[0-4])(?!\d)", found)):
        return f'"3.{match[1]}"'
    if explanation.startswith("Write seconds") and (time := sixty(found)):
        return f"{time}s"
    return None


def limit(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield that a value is too small, too long, too few."""
    if error.validator == "uniqueItems":
        yield from _repeated(error)
        return
    bound = error.validator_value
    entries = "entry" if bound == 1 else "entries"
    rule, hint = {
        "minimum": (f"must be at least {bound}", "Correct the number."),
        "exclusiveMinimum": (f"must be more than {bound}", "Correct the number."),
        "maximum": (f"must be at most {bound}", "Correct the number."),
        "minItems": (f"needs at least {bound} {entries}", "Add one, or remove the key."),
        "maxItems": (f"takes at most {bound} {entries}", "Remove the others."),
        "minProperties": (f"needs at least {bound} {entries}", "Add one, or remove the key."),
        "minLength": ("must not be empty", "Write a text, or remove it."),
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
                message=f"`{short(str(item))}` stands in {named(error)} a second time",
                hint="Remove one of the two.",
                also=(join(at(error), known), "first given here"),
            )


def other(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what no sentence is written for."""
    yield about("bad-value", error, f"{named(error)}: {error.message}", "Correct the value.")
