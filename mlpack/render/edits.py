"""What `mlpack add` and `mlpack remove` say."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.ports.dependency_reports import EditReport, RequirementChange
from mlpack.render import style
from mlpack.render.commands import diff_lines
from mlpack.render.reports import Shown, lock_text


def edit_text(report: EditReport, shown: Shown) -> str:
    """Say what was edited and what moved in the lock or, of a dry run, show the edit."""
    return "".join(_parts(report, shown))


def _parts(report: EditReport, shown: Shown) -> Iterator[str]:
    for change in report.changes:
        if report.written or change.change == "unchanged":
            yield f"{_sentence(change)}\n"
    if not report.written:
        yield diff_lines(report.diff)
    for name in report.untouched:
        yield f"Variant {name} has its own dependencies, which are unchanged\n"
    if report.lock is not None:
        yield lock_text(report.lock, shown)


def _sentence(change: RequirementChange) -> str:
    file = style(change.file, "bold")
    if change.change == "added":
        return f"Added {change.after} to {file}"
    if change.change == "removed":
        return f"Removed {change.before} from {file}"
    if change.change == "changed":
        return f"Changed {change.before} to {change.after} in {file}"
    return f"{change.before} is already in {file}"
