"""How a command finds its manifests and writes its findings, with as few imports as can be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mlpack.cli.session import Session
from mlpack.errors import Problem
from mlpack.manifest import find
from mlpack.render import findings


class ReportedError(Exception):
    """An error whose findings are already written in the format asked for."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def source_text(name: str) -> str | None:
    """Return the text of a file that a finding names, or ``None`` where it cannot be read."""
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def manifest_paths(session: Session, files: Sequence[str] = ()) -> list[Path]:
    """Return the manifests that the command line names, or the nearest one."""
    named = [*files, *session.files]
    if not named:
        return [find(session.directory)]
    return [session.directory / name for name in named]


def write_findings(session: Session, problems: Sequence[Problem], format: str) -> None:
    """Write findings for a person to standard error."""
    if format == "full":
        session.tell(findings.full(problems, source_text))
    elif format == "concise":
        session.tell(findings.concise(problems))


def write_machine(session: Session, problems: Sequence[Problem], format: str, **more: Any) -> None:
    """Write findings and results for a program to standard output."""
    from mlpack.render import machine

    if format == "json":
        session.say(machine.json_text(problems, **more))
    elif format == "github":
        session.say(machine.github(problems))
    else:
        session.say(machine.gitlab(problems))
