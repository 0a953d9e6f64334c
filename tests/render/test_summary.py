"""What GitHub shows on the page of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.core.errors import ModelError, Problem, Span
from mlpack.ports.report import BuildReport
from mlpack.render.summary import LIMIT, Checkout, github_summary

TOP = Path("/checkout")
CHECKOUT = Checkout(top=TOP, address="https://github.com/o/r/blob/abc")


def span(file: str, line: int = 2) -> Span:
    return Span(file=file, line=line, column=1, end_line=line, end_column=5)


def report(name: str) -> BuildReport:
    return BuildReport(
        package=TOP / "models" / name / "dist" / name,
        variant=None,
        status="built",
        digest=f"sha256:{'0123456789abcdef' * 4}",
        size=71_400,
        seconds=1.26,
        place=span(f"{TOP}/models/{name}/mlpack.yaml"),
    )


def test_a_finding_is_a_row_that_links_to_its_line() -> None:
    problem = Problem(code="c", message="a | b\nc", span=span("models/a b/mlpack.yaml"), hint="x")
    assert github_summary([problem], {}, CHECKOUT) == (
        "### mlpack: findings\n\n"
        "| location | finding | fix |\n|---|---|---|\n"
        "| [`models/a b/mlpack.yaml:2:1`](https://github.com/o/r/blob/abc/models/a%20b/mlpack.yaml#L2)"
        " | **error[c]** a \\| b c | x |\n\n"
    )
    elsewhere = github_summary([problem], {}, Checkout())
    assert "| `models/a b/mlpack.yaml:2:1` | " in elsewhere


@pytest.mark.parametrize(
    ("message", "cell"),
    [
        ("<script>", "\\<script\\>"),
        ("`a<b` in __init__", "`a<b` in \\_\\_init\\_\\_"),
        ("a ` and <b>", "a \\` and \\<b\\>"),
        ("x" * 5000, "x" * 1000 + "…"),
    ],
)
def test_a_message_is_shown_as_it_is(message: str, cell: str) -> None:
    text = github_summary([Problem(code="c", message=message)], {}, CHECKOUT)
    assert text.endswith(f"|  | **error[c]** {cell} |  |\n\n")


def test_packages_are_rows_that_link_to_their_manifests() -> None:
    assert github_summary([], {"packages": [report("a")]}, CHECKOUT) == (
        "### mlpack: packages\n\n"
        "| package | status | digest | size | seconds |\n|---|---|---|---|---|\n"
        "| [`models/a/dist/a`](https://github.com/o/r/blob/abc/models/a/mlpack.yaml#L2)"
        " | `built` | `sha256:0123456789ab…` | 71.4 kB | 1.3 s |\n\n"
    )
    assert github_summary([], {}, CHECKOUT) == "### mlpack: no findings\n\n"


def test_errors_come_before_results_and_warnings_behind() -> None:
    reports = {"packages": [report("a")]}
    error = Problem(code="c", message="m")
    warning = Problem(code="c", message="m", severity="warning")
    assert github_summary([error], reports, CHECKOUT).startswith("### mlpack: findings")
    assert github_summary([warning], reports, CHECKOUT).startswith("### mlpack: packages")


def test_three_hundred_models_that_fail_fit() -> None:
    details = "\n".join(
        "a line of a traceback that is as long as such lines are" for _ in range(20)
    )
    errors = [ModelError(f"predict {n} raised", details=details) for n in range(300)]
    problems = [problem for error in errors for problem in error.findings]
    text = github_summary(problems, {"packages": [report(f"m{n}") for n in range(300)]}, CHECKOUT)
    assert len(text.encode()) <= LIMIT
    assert (text.count("**error[model-failed]**"), text.count("`built`")) == (300, 300)


@pytest.mark.parametrize("room", [0, 300, 1000, 100_000])
def test_what_does_not_fit_is_counted(room: int) -> None:
    problems = [Problem(code="c", message="é" * 900) for _ in range(400)]
    text = github_summary(problems, {"packages": [report("a")]}, CHECKOUT, room=room)
    assert len(text.encode()) <= max(room, 200)
    shown = text.count("**error[c]**")
    assert f"{401 - shown} more rows do not fit here: see the log." in text
