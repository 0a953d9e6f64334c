"""jsonschema's judgement, one finding a mistake, each with its place and the way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mlpack.core.errors import Problem, Related
from mlpack.manifest.document import Document
from mlpack.manifest.schema import keys, missing, values
from mlpack.manifest.schema.fast import is_valid
from mlpack.manifest.schema.findings import Finding
from mlpack.manifest.schema.text import load

if TYPE_CHECKING:
    from mlpack.manifest.schema.findings import Finding


def check(document: Document) -> list[Problem]:
    """Return every way in which ``document`` breaks the schema, in file order."""
    schema = load()
    if is_valid(document.data, schema, schema):
        return []
    findings = _deduplicate(_findings(document, schema))
    gathered = _gathered(list(_without_echoes(findings)), schema)
    problems = [_problem(document, finding) for finding in gathered]
    return sorted(problems, key=_place)


def fits(value: Any, definition: str) -> bool:
    """Tell whether a value is what the schema defines under this name."""
    schema = load()
    return is_valid(value, schema["definitions"][definition], schema)


def _place(problem: Problem) -> tuple[int, int]:
    return (0, 0) if problem.span is None else (problem.span.line, problem.span.column)


def _findings(document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    # In here: it takes longer than all else that `mlpack --help` needs.
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend

    checker = Draft7Validator.TYPE_CHECKER.redefine("integer", _is_integer)
    strict: Any = extend(Draft7Validator, type_checker=checker)  # type: ignore[no-untyped-call]
    for error in strict(schema).iter_errors(document.data):
        yield from findings(error, document, schema)


def _is_integer(_: Any, instance: Any) -> bool:
    # Draft-07 takes 1.0 for an integer; MLflow does not.
    return isinstance(instance, int) and not isinstance(instance, bool)


def _deduplicate(findings: Iterable[Finding]) -> list[Finding]:
    unique = {(f.pointer, f.code, f.subject): f for f in findings}
    return list(unique.values())


def _without_echoes(findings: list[Finding]) -> Iterator[Finding]:
    """Drop what another finding explains: a key that is missing because it is misspelt."""
    meant = {(f.parent, f.suggestion) for f in findings if f.suggestion}
    chosen = {(f.pointer, name) for f in findings if f.code == "one-of" for name in f.wanted}
    for finding in findings:
        explained = meant if finding.code == "one-of" else meant | chosen
        if not any((finding.pointer, name) in explained for name in finding.wanted):
            yield finding


def _gathered(findings: list[Finding], schema: dict[str, Any]) -> Iterator[Finding]:
    """Say once what one mapping lacks."""
    from mlpack.manifest.schema.missing import lacking

    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if finding.code == "missing-key":
            groups.setdefault((finding.pointer, finding.message), []).append(finding)
        else:
            yield finding
    for group in groups.values():
        yield lacking(group, schema)


def _problem(document: Document, finding: Finding) -> Problem:
    return Problem(
        code=finding.code,
        message=finding.message,
        span=document.span(finding.pointer, key=finding.at_key),
        pointer=finding.pointer,
        hint=finding.hint,
        related=_related(document, finding),
    )


def _related(document: Document, finding: Finding) -> tuple[Related, ...]:
    if finding.also is None:
        return ()
    pointer, message = finding.also
    return (Related(message=message, span=document.span(pointer, key=finding.at_key)),)


_Sentence = Callable[[Any, Document, dict[str, Any]], Iterator[Finding]]

_SENTENCES: dict[str | None, _Sentence] = {
    "additionalProperties": keys.unknown_keys,
    "const": values.bad_value,
    "dependencies": missing.dependent_keys,
    "enum": values.bad_value,
    "exclusiveMinimum": values.limit,
    "maxItems": values.limit,
    "maxLength": values.limit,
    "maximum": values.limit,
    "minItems": values.limit,
    "minLength": values.limit,
    "minProperties": values.limit,
    "minimum": values.limit,
    "not": keys.forbidden,
    "oneOf": keys.one_of_keys,
    "pattern": values.bad_format,
    "required": missing.missing_keys,
    "type": values.wrong_type,
    "uniqueItems": values.limit,
}


def findings(error: Any, document: Document, schema: dict[str, Any]) -> Iterator[Finding]:
    """Yield what one ``jsonschema.ValidationError`` means."""
    sentence = _SENTENCES.get(error.validator, values.other)
    yield from sentence(error, document, schema)
