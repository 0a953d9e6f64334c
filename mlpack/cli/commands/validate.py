"""`mlpack validate`: read each manifest, say what is wrong with all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.answers import ReportedError, manifest_paths, write_findings, write_machine
from mlpack.cli.options import Format, FormatOption
from mlpack.cli.session import Session
from mlpack.errors import ManifestError, Problem
from mlpack.manifest import read


def command(
    context: typer.Context,
    files: Annotated[Optional[list[str]], typer.Argument(metavar="[FILE]...")] = None,  # noqa: UP045
    format: FormatOption = Format.full,
) -> None:
    """Check manifests: no network, no user code."""
    _validate(sessions.of(context), files or [], format.value)


def _validate(session: Session, files: Sequence[str], format: str) -> None:
    """Check each manifest and write all findings of all of them."""
    problems: list[Problem] = []
    checked: list[str] = []
    for path in manifest_paths(session, files):
        checked.append(session.shown(path))
        try:
            manifest = read(path, display=session.shown(path))
            problems.extend(manifest.warnings)
        except ManifestError as error:
            problems.extend(error.problems)
    failed = any(problem.severity == "error" for problem in problems)
    if format in ("full", "concise"):
        write_findings(session, problems, format)
        if not failed and not session.quiet:
            session.say("".join(f"{name} is valid\n" for name in checked))
    else:
        write_machine(session, problems, format)
    if failed:
        raise ReportedError(ManifestError.exit_code)
