"""`mlpack validate`: read each manifest, say what is wrong with all of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.answers import (
    ReportedError,
    source_text,
    write_findings,
    write_machine,
)
from mlpack.cli.manifests import manifest_paths
from mlpack.cli.options import ChangedOption, Format, FormatOption
from mlpack.cli.session import Session
from mlpack.core.errors import ManifestError, MlpackError, Problem
from mlpack.manifest.reading import check

EXAMPLES = {
    "mlpack validate": "check the nearest manifest",
    "mlpack validate a.yaml b.yaml": "check several files",
    "mlpack validate - --format json": "check what is piped in, for scripts and editors",
}

_STANDARD_INPUT = "-"
_SHOWN = "<stdin>"


def command(
    context: typer.Context,
    files: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="[FILE]...",
            help="Manifests to check; `-` reads standard input.",
            autocompletion=completion.manifests,
        ),
    ] = None,
    changed: ChangedOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Check manifests, without network or user code."""
    session = sessions.of(context)
    session.take_files(files, changed=changed)
    _validate(session, files or [], format.value)


def _validate(session: Session, files: Sequence[str], format: str) -> None:
    """Check each manifest and write all findings of all of them."""
    given = sys.stdin.buffer.read() if _STANDARD_INPUT in files else b""

    def sources(name: str) -> str | None:
        return given.decode("utf-8", "replace") if name == _SHOWN else source_text(name)

    found = _Findings()
    try:
        for path in manifest_paths(session):
            _check(session, path, given, found)
    except MlpackError as error:
        found.take(error)
    if format in ("full", "concise"):
        write_findings(session, found.problems, format, sources)
        if not found.exit_code and not session.quiet:
            session.say("".join(f"{name} is valid\n" for name in found.checked))
    else:
        write_machine(session, found.problems, format)
    if found.exit_code:
        raise ReportedError(found.exit_code)


@dataclass(slots=True)
class _Findings:
    checked: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    exit_code: int = 0

    def take(self, error: MlpackError) -> None:
        """Note what an error found; the first decides the exit code."""
        self.exit_code = self.exit_code or error.exit_code
        self.problems.extend(error.findings)


def _check(session: Session, path: Path, given: bytes, found: _Findings) -> None:
    piped = path.name == _STANDARD_INPUT
    # What is piped in has no place of its own: its paths count from the folder acted in.
    shown = _SHOWN if piped else session.shown(path)
    found.checked.append(shown)
    try:
        problems = check(path, display=shown, content=given if piped else None)
    except MlpackError as error:
        found.take(error)
        return
    found.problems.extend(problems)
    if any(problem.severity == "error" for problem in problems):
        found.exit_code = found.exit_code or ManifestError.exit_code
