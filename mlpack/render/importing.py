"""What `mlpack import` has to say besides the diff."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mlpack.render.ansi import style
from mlpack.report import ImportReport

Shown = Callable[[Path], str]


def diff_text(report: ImportReport) -> str:
    """Return the diff with its lines coloured as git does."""
    return "".join(_line(line) for line in report.diff.splitlines(keepends=True))


def outcome_text(report: ImportReport, shown: Shown) -> str:
    """Say what was written or would be, and what was not carried over."""
    lines: list[str] = []
    name = shown(report.path)
    beside = f" and {len(report.files)} files" if report.files else ""
    if report.written:
        lines.append(f"Wrote {style(name, 'bold')}{beside}, from a {report.kind}")
    elif not report.diff and not report.files:
        lines.append(f"{name} says all of it already")
    elif report.replaces:
        lines.append(f"Read a {report.kind}; --write --force would replace {name}")
    else:
        lines.append(f"Read a {report.kind}; --write would write {name}{beside}")
    if report.not_carried_over:
        lines.append("Not carried over:")
        lines += [f"  - {each.what}: {each.why}" for each in report.not_carried_over]
    if any(problem.severity == "error" for problem in report.problems):
        lines.append("Still to do before it builds:")
    elif report.problems:
        lines.append("It can be built; please check:")
    return "\n".join(lines) + "\n"


def _line(line: str) -> str:
    if line.startswith(("+++", "---")):
        return style(line, "bold")
    if line.startswith("+"):
        return style(line, "green")
    return style(line, "red") if line.startswith("-") else line
