"""A new project, as a person reads of it."""

from __future__ import annotations

import shlex
from pathlib import Path

from mlpack.render.ansi import style
from mlpack.render.reports import Shown
from mlpack.report import InitReport


def init_text(report: InitReport, shown: Shown, *, here: Path) -> str:
    """Say what was written, what is left to do, and which commands come next."""
    place = style(shown(report.root), "bold")
    if report.template is None:
        lines = [f"{place} describes {report.model}"]
    else:
        lines = [f"{place} is a new project, made from the template {report.template}"]
    lines += [f"  {path}" for path in report.written]
    lines += [f"  {path} (left as it was)" for path in report.kept]
    if report.importable is not None:
        lines += ["", f"`mlpack import` can read {report.importable}, and may know more than this."]
    if report.todo:
        lines += ["", f"To do ({len(report.todo)}):", *(f"  {each}" for each in report.todo)]
    when = "Next, once that is done:" if len(report.todo) > 1 else "Next:"
    lines += ["", when, *(f"  {command}" for command in _next(report, shown, here))]
    return "\n".join(lines) + "\n"


def _next(report: InitReport, shown: Shown, here: Path) -> list[str]:
    commands = [] if report.root == here else [f"cd {shlex.quote(shown(report.root))}"]
    if report.template is None:
        commands.append("mlpack signature --write")
    return [*commands, "mlpack build"]
