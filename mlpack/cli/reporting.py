"""What commands share: the manifests, the work on each, and what comes of it as asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpack import api
from mlpack.cli.answers import (
    ReportedError,
    manifest_paths,
    source_text,
    write_findings,
    write_machine,
)
from mlpack.cli.session import Session
from mlpack.core.errors import MlpackError, UsageError, outside_error
from mlpack.ports.report import warnings_of
from mlpack.render import findings, reports

if TYPE_CHECKING:
    from mlpack.core.errors import Problem
    from mlpack.manifest.model import Manifest


def one_manifest(session: Session, **allowed: bool) -> Manifest:
    """Return the one manifest that the command line names, or the nearest."""
    paths = manifest_paths(session)
    if len(paths) > 1:
        raise UsageError("this command takes one manifest", hint="pass -f/--file once")
    return load(session, paths[0], "full", **allowed)


def load(session: Session, path: Path, format: str = "full", **allowed: bool) -> Manifest:
    """Read a manifest, its warnings told where ``format`` is one for people."""
    manifest = api.load_manifest(path, display=session.shown(path), **allowed)
    if not session.quiet:
        write_findings(session, manifest.warnings, format)
    return manifest


def lock_named(session: Session) -> Path | None:
    """Return the lock of the manifest that the command line names, if it names one."""
    return (session.directory / session.files[0]).with_suffix(".lock") if session.files else None


def each_manifest(
    session: Session,
    format: str,
    work: Callable[[Manifest], Any],
    text: Callable[[Any, reports.Shown], str],
    key: str,
) -> None:
    """Do ``work`` on each manifest named; write what comes of it as ``text`` or under ``key``."""
    with Reporting(session, format):
        done: list[Any] = []
        warnings: list[Problem] = []
        for path in manifest_paths(session):
            manifest = load(session, path, format)
            warnings.extend(manifest.warnings)
            found = work(manifest)
            told = found if isinstance(found, tuple) else (found,)
            done.extend(told)
            warnings.extend(_warnings(session, told, format))
            if format in ("full", "concise"):
                session.say(text(found, session.shown))
        if format not in ("full", "concise"):
            write_machine(session, warnings, format, **{key: done})


class Reporting:
    """Writes an error in the format asked for, where that is one for programs."""

    def __init__(self, session: Session, format: str) -> None:
        self._session = session
        self._format = format

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, OSError):
            error = outside_error(error)
        if isinstance(error, MlpackError) and self._format != "full":
            if self._format == "concise":
                self._session.tell(findings.concise(error.findings))
            else:
                write_machine(self._session, error.findings, self._format)
            raise ReportedError(error.exit_code) from error


def write_report(session: Session, report: Any, format: str, text: str, key: str) -> None:
    """Write one report as ``text``, or under ``key`` for a program."""
    if format in ("full", "concise"):
        session.say(text)
    else:
        write_machine(session, getattr(report, "warnings", ()), format, **{key: report})


def write_reports(
    session: Session,
    found: Sequence[Any],
    format: str,
    *,
    warnings: Sequence[Problem] = (),
    explain: bool = False,
) -> None:
    """Write what came of each package; failures go where errors go."""
    heard = warnings_of(found)
    if format not in ("full", "concise"):
        failures = (problem for report in found for problem in _problems(report))
        problems = [*warnings, *heard, *failures]
        write_machine(session, problems, format, packages=list(found))
        return
    for report in found:
        if report.error is None:
            session.say(reports.build_text(report, session.shown, explain=explain))
        elif format == "concise":
            session.tell(findings.concise(report.error.findings))
        else:
            session.tell(f"{session.shown(report.package)} failed:\n")
            session.tell(findings.error_text(report.error, source_text))
    if heard and format == "concise":
        session.say(findings.concise(heard))
    elif heard:
        session.say("\n" + findings.full(heard, source_text))


def _problems(report: Any) -> Sequence[Problem]:
    return () if report.error is None else report.error.findings


def _warnings(session: Session, reports: Sequence[Any], format: str) -> list[Problem]:
    """Return what reports warn of, each once; it is told where ``format`` is one for people."""
    found = list(dict.fromkeys(each for one in reports for each in getattr(one, "warnings", ())))
    if not session.quiet:
        write_findings(session, found, format)
    return found
