"""SARIF as code scanners want it."""

from __future__ import annotations

import json

from mlpack.core.errors import Problem, Related, Span
from mlpack.render.structured import sarif

SPAN = Span(file="models/my model.yaml", line=3, column=5, end_line=3, end_column=9)


def test_a_run_names_its_rules_and_places() -> None:
    first = Span(file="/tmp/other.yaml", line=1, column=1, end_line=1, end_column=5)
    problem = Problem(
        code="duplicate-key",
        message="twice",
        span=SPAN,
        hint="Remove one.",
        related=(Related(message="first", span=first),),
    )
    warning = Problem(code="yaml-word", message="odd", severity="warning")
    log = json.loads(sarif([problem, warning], {"yaml-word": "A word."}, version="1.2"))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["duplicate-key", "yaml-word"]
    assert run["tool"]["driver"]["rules"][1]["help"]["text"] == "A word."
    error, odd = run["results"]
    assert (error["level"], odd["level"], odd["ruleIndex"]) == ("error", "warning", 1)
    assert error["message"]["text"] == "twice. Remove one."
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "models/my%20model.yaml"}
    assert place["region"] == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
    also = error["relatedLocations"][0]
    assert also["physicalLocation"]["artifactLocation"]["uri"] == "file:///tmp/other.yaml"
    assert also["message"] == {"text": "first"}
    assert odd["locations"] == []


def test_no_findings_are_an_empty_run() -> None:
    assert json.loads(sarif([], {}, version="1"))["runs"][0]["results"] == []
