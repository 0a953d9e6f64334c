"""What `doctor` found, as a table and its findings."""

from __future__ import annotations

from mlpack.render.ansi import style
from mlpack.report import DoctorReport, Fact


def doctor_text(report: DoctorReport) -> str:
    """Return a line a fact, the fix below what needs one, and the verdict."""
    room = max((len(fact.subject) for fact in report.facts), default=0)
    lines = [line for fact in report.facts for line in _lines(fact, room)]
    verdict = "Building can work here." if report.able else "Building cannot work here yet."
    return "\n".join([*lines, "", verdict]) + "\n"


def _lines(fact: Fact, room: int) -> list[str]:
    mark = "ok"
    if fact.severity != "ok":
        colour = "red" if fact.severity == "error" else "yellow"
        mark = style(f"{fact.severity}[{fact.code}]", colour, "bold")
    lines = [f"{fact.subject:{room}}  {mark}: {fact.text}"]
    if fact.hint:
        lines.append(f"{'':{room}}  {style('help', 'bold')}: {fact.hint}")
    return lines
