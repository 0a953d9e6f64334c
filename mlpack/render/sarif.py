"""Problems as SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from mlpack.errors import Problem, Related, Span

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
