"""How a command writes its findings, with as few imports as can be."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpack._version import __version__
from mlpack.cli.session import Session
from mlpack.core.errors import Problem, Span

if TYPE_CHECKING:
    from mlpack.render.findings import Sources


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


def write_findings(
    session: Session,
    problems: Sequence[Problem],
    format: str,
    sources: Sources = source_text,
) -> None:
    """Write findings for a person to standard error."""
    if not problems:
        return
    from mlpack.render import findings

    if format == "full":
        session.tell(findings.full(problems, sources))
    elif format == "concise":
        session.tell(findings.concise(problems))


def write_machine(session: Session, problems: Sequence[Problem], format: str, **more: Any) -> None:
    """Write findings and results for a program to standard output."""
    from mlpack.render import structured

    if format == "json":
        session.say(structured.json_text(problems, **more))
        return
    top = _checkout(session.directory)
    problems = problems if top is None else [_below(each, top) for each in problems]
    if format == "github":
        session.say(structured.github(problems))
        append_summary(session, problems, more)
    elif format == "sarif":
        from mlpack.render.reference import explanations
        from mlpack.render.structured import sarif

        session.say(sarif(problems, explanations(), version=__version__))
    else:
        session.say(structured.gitlab(problems))


# Where CI systems have checked the repository out.
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def _checkout(folder: Path) -> Path | None:
    """Return the top of the repository: CI systems look paths up from there."""
    from mlpack.manifest.locate import repository

    here = folder.resolve()
    given = [Path(os.environ[name]).resolve() for name in _CHECKOUTS if os.environ.get(name)]
    return next((each for each in given if here.is_relative_to(each)), None) or repository(here)


def _below(problem: Problem, top: Path) -> Problem:
    related = tuple(replace(each, span=_span_below(each.span, top)) for each in problem.related)
    span = problem.span and _span_below(problem.span, top)
    return replace(problem, span=span, related=related)


def _span_below(span: Span, top: Path) -> Span:
    path = Path(span.file).resolve()
    inside = path.is_relative_to(top) and span.file != "<stdin>"
    return replace(span, file=path.relative_to(top).as_posix()) if inside else span


def append_summary(
    session: Session, problems: Sequence[Problem], results: Mapping[str, Any]
) -> None:
    """Add to the summary that GitHub shows on the run's page, where this is such a run."""
    name = os.environ.get("GITHUB_STEP_SUMMARY")
    if not name:
        return
    from mlpack.render.summary import LIMIT, Checkout, github_summary

    path = Path(name)
    taken = path.stat().st_size if path.exists() else 0
    checkout = Checkout(top=_checkout(session.directory), address=_address())
    with path.open("a", encoding="utf-8") as file:
        file.write(github_summary(problems, results, checkout, room=LIMIT - taken))


def _address() -> str | None:
    """Return where GitHub shows the files of the commit that a run is of."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA")
    server, repository, commit = (os.environ.get(name) for name in names)
    return f"{server}/{repository}/blob/{commit}" if server and repository and commit else None
