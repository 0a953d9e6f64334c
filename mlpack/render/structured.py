"""Problems and reports for programs: JSON, SARIF, the annotations of GitHub and GitLab."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from mlpack.core.digest import value_digest
from mlpack.core.errors import MlpackError, Problem, Related, Span


def json_text(problems: Sequence[Problem], **more: Any) -> str:
    """Return the JSON object of the contract: ``ok``, ``problems``, and what else there is."""
    value = {
        "ok": not any(problem.severity == "error" for problem in problems),
        **{key: plain(item) for key, item in more.items()},
        "problems": [problem_record(problem) for problem in problems],
    }
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def problem_record(problem: Problem) -> dict[str, Any]:
    """Return a problem as the contract's flat record; places are ``null`` where there is none."""
    span = problem.span
    return {
        "code": problem.code,
        "severity": problem.severity,
        "message": problem.message,
        "file": span and span.file,
        "line": span and span.line,
        "column": span and span.column,
        "end_line": span and span.end_line,
        "end_column": span and span.end_column,
        "pointer": problem.pointer,
        "hint": problem.hint,
    }


def github(problems: Iterable[Problem]) -> str:
    """Return workflow commands that GitHub shows beside the lines."""
    return "".join(f"{_github_line(problem)}\n" for problem in problems)


def gitlab(problems: Iterable[Problem]) -> str:
    """Return GitLab's Code Quality report."""
    return json.dumps([_gitlab_record(problem) for problem in problems], indent=2) + "\n"


def plain(value: Any) -> Any:
    """Return a report as JSON values: dataclasses become objects, paths text."""
    if is_dataclass(value) and not isinstance(value, type):
        told = (field.name for field in fields(value) if field.metadata.get("told", True))
        return {name: plain(getattr(value, name)) for name in told}
    if isinstance(value, MlpackError):
        return {
            "code": value.code,
            "exit_code": value.exit_code,
            "message": value.message,
            "hint": value.hint,
            "details": value.details,
        }
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _github_line(problem: Problem) -> str:
    span = problem.span
    place = ""
    if span is not None:
        place = (
            f"file={_escaped(span.file, property_value=True)},line={span.line},col={span.column},"
            f"endLine={span.end_line},endColumn={span.end_column},"
        )
    text = problem.message if problem.hint is None else f"{problem.message}\n{problem.hint}"
    return f"::{problem.severity} {place}title={problem.code}::{_escaped(text)}"


def _escaped(text: str, *, property_value: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_value else text


def _gitlab_record(problem: Problem) -> dict[str, Any]:
    span = problem.span
    where = {
        "path": span.file if span else "mlpack.yaml",
        "lines": {"begin": span.line if span else 1},
    }
    return {
        "description": problem.message,
        "check_name": problem.code,
        "fingerprint": value_digest([problem.code, problem.message, where]).removeprefix("sha256:"),
        "severity": "major" if problem.severity == "error" else "minor",
        "location": where,
    }


_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(problems: Sequence[Problem], explained: Mapping[str, str], *, version: str) -> str:
    """Return one run of mlpack ``version``; ``explained`` says what each code means."""
    codes = sorted({problem.code for problem in problems})
    driver = {
        "name": "mlpack",
        "version": version,
        "rules": [_rule(code, explained.get(code, "")) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        # Else columns would count UTF-16 units.
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, codes) for problem in problems],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str, text: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code}
    if text:
        rule["fullDescription"] = {"text": text}
        rule["help"] = {"text": text, "markdown": text}
    return rule


def _result(problem: Problem, codes: Sequence[str]) -> dict[str, Any]:
    text = problem.message if problem.hint is None else f"{problem.message}. {problem.hint}"
    result: dict[str, Any] = {
        "ruleId": problem.code,
        "ruleIndex": codes.index(problem.code),
        "level": problem.severity,
        "message": {"text": text},
        "locations": [] if problem.span is None else [_location(problem.span)],
    }
    if problem.related:
        result["relatedLocations"] = [_related(related) for related in problem.related]
    return result


def _related(related: Related) -> dict[str, Any]:
    return {**_location(related.span), "message": {"text": related.message}}


def _location(span: Span) -> dict[str, Any]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(span.file)},
            "region": {
                "startLine": span.line,
                "startColumn": span.column,
                "endLine": span.end_line,
                "endColumn": max(span.end_column, 1),
            },
        }
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
