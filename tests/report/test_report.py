"""Warnings of several builds, each told once."""

from __future__ import annotations

from pathlib import Path

from mlpack.core.errors import Problem
from mlpack.ports.report import BuildReport, warnings_of


def told(*packages: tuple[str, ...]) -> list[str]:
    """Return what is told of packages ``p0``, ``p1``, … that have these warnings."""
    reports = [
        BuildReport(
            package=Path(f"dist/p{number}"),
            variant=None,
            status="built",
            warnings=tuple(Problem(code="model-warning", message=each) for each in messages),
        )
        for number, messages in enumerate(packages)
    ]
    return [warning.message for warning in warnings_of(reports)]


def test_what_all_packages_have_names_none_of_them() -> None:
    assert told() == []
    assert told(("old",)) == ["old"]
    assert told(*[("old",)] * 16) == ["old"]


def test_what_some_packages_have_names_them() -> None:
    assert told(("old", "odd"), ("old",), ()) == ["old (p0, p1)", "odd (p0)"]
    assert told(*[("old",)] * 15, ()) == ["old (p0, p1, p2 and 12 more)"]
