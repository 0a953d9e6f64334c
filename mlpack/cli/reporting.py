"""What commands share: the manifests, the work on each, and what comes of it as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpack import api
from mlpack.cli.answers import (
    ReportedError,
    source_text,
    write_findings,
    write_machine,
)
from mlpack.cli.manifests import manifest_paths, one_manifest_path
from mlpack.cli.session import Session
from mlpack.core.errors import MlpackError, Span, UsageError, outside_error
from mlpack.ports.report import BuildReport, warnings_of
from mlpack.render import findings, reports

if TYPE_CHECKING:
    from mlpack.core.errors import Problem
    from mlpack.manifest.model import Manifest


def one_manifest(session: Session, **allowed: bool) -> Manifest:
    """Return the one manifest that the command line names, or the nearest."""
    return load(session, one_manifest_path(session), "full", **allowed)


def load(session: Session, path: Path, format: str = "full", **allowed: bool) -> Manifest:
    """Read a manifest, its warnings told where ``format`` is one for people."""
    manifest = api.load_manifest(path, display=session.shown(path), **allowed)
    if not session.quiet:
        write_findings(session, manifest.warnings, format)
    return manifest


def load_all(session: Session, **allowed: bool) -> list[Manifest]:
    """Read the manifests that the command line means, without telling their warnings."""
    return [
        api.load_manifest(path, display=session.shown(path), **allowed)
        for path in manifest_paths(session)
    ]


def model_path(session: Session, model: str | None) -> str | Path:
    """Return the model that the command line means, or the one package of the project."""
    if model is not None:
        from mlpack.workflow.pull import is_remote

        return model if is_remote(model) else session.directory / model
    models = api.list_models(load_all(session, signature_required=False, files_required=False))
    shown = [session.shown(each.package) for each in models]
    if len(models) != 1:
        raise UsageError(
            f"MODEL is missing, and the project has {len(models)} packages: {', '.join(shown)}",
            hint=f"specify one of them, such as {shown[0]}",
        )
    if not models[0].package.exists():
        raise UsageError(f"{shown[0]} has not been built", hint="run `mlpack build`")
    return models[0].package


def load_each(
    session: Session, format: str, *, fail_fast: bool = False
) -> tuple[list[Manifest], list[BuildReport]]:
    """Read the manifests that the command line means; one that is wrong becomes a failed report."""
    manifests, wrong = [], []
    paths = manifest_paths(session)
    for path in paths:
        try:
            manifests.append(load(session, path, format))
        except MlpackError as error:
            if fail_fast or len(paths) == 1:
                raise
            place = first_line(session, path)
            wrong.append(
                BuildReport(package=path, variant=None, status="failed", error=error, place=place)
            )
    return manifests, wrong


def lock_named(session: Session) -> Path | None:
    """Return the lock of the manifest that the command line names, if it names one."""
    return (session.directory / session.files[0]).with_suffix(".lock") if session.files else None


def each_manifest(
    session: Session,
    format: str,
    work: Callable[[Manifest], Any],
    text: Callable[[Any, reports.Shown], str],
    key: str | Mapping[str, type],
    **allowed: bool,
) -> None:
    """Do ``work`` on each manifest named; write what comes of it as ``text`` or under ``key``.

    ``text`` is given what ``work`` returned; reports of several types have a key each; ``allowed``
    is what a manifest may do without.
    """
    with Reporting(session, format):
        paths = manifest_paths(session)
        outcome = Outcome(session=session, format=format, several=len(paths) > 1)
        for number, path in enumerate(paths, start=1):
            if outcome.several:
                session.turn_to(f"({number}/{len(paths)}) {session.shown(path)}")
            with outcome.attempt(path):
                manifest = load(session, path, format, **allowed)
                outcome.problems.extend(manifest.warnings)
                found = work(manifest)
                outcome.take(found if isinstance(found, tuple) else (found,))
                if format in ("full", "concise"):
                    session.show(text(found, session.shown))
        outcome.finish(key)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What came of several manifests or packages: one that fails does not stop the others."""

    session: Session
    format: str
    several: bool
    done: list[Any] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    error: MlpackError | None = None
    """The first; it decides the exit code."""

    def take(self, found: Sequence[Any]) -> None:
        """Note reports, and what they warn of."""
        self.done.extend(found)
        self.problems.extend(_warnings(self.session, found, self.format))

    @contextmanager
    def attempt(self, path: Path, place: Span | None = None) -> Iterator[None]:
        """Note and write what fails for the manifest or the package at ``path``.

        Findings without a place get this one, by default the manifest's first line.
        """
        try:
            yield
        except (MlpackError, OSError) as error:
            refused = outside_error(error) if isinstance(error, OSError) else error
            if refused is None:
                raise
            self.error = self.error or refused
            self.problems.extend(
                found_at(refused.findings, place or first_line(self.session, path))
            )
            if self.format in ("full", "concise"):
                tell_failure(self.session, path, refused, self.format, named=self.several)

    def finish(self, key: str | Mapping[str, type]) -> None:
        """Write what a program asked for; raise ``ReportedError`` where something failed."""
        if self.format not in ("full", "concise"):
            kinds = {key: object} if isinstance(key, str) else key
            found = {
                name: [each for each in self.done if isinstance(each, kind)]
                for name, kind in kinds.items()
            }
            write_machine(self.session, self.problems, self.format, **found)
        if self.error is not None:
            raise ReportedError(self.error.exit_code) from self.error


def found_at(problems: Iterable[Problem], place: Span | None) -> list[Problem]:
    """Return findings with ``place`` as that of those that have none."""
    return [each if each.span else replace(each, span=place) for each in problems]


def first_line(session: Session, path: Path) -> Span:
    """Return the beginning of a file."""
    return Span(file=session.shown(path), line=1, column=1, end_line=1, end_column=1)


def tell_failure(
    session: Session, path: Path, error: MlpackError, format: str, *, named: bool
) -> None:
    """Write an error for a person; ``named`` says first of which manifest or package it is."""
    if format == "concise":
        session.tell(findings.concise(error.findings))
        return
    # A finding with a place says itself where it belongs.
    if named and not any(problem.span for problem in error.problems):
        session.tell(f"{session.shown(path)} failed:\n")
    session.tell(findings.error_text(error, source_text))


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
        session.show(text)
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
            session.show(reports.build_text(report, session.shown, explain=explain))
        else:
            tell_failure(session, report.package, report.error, format, named=True)
    if heard and format == "concise":
        session.say(findings.concise(heard))
    elif heard:
        session.say("\n" + findings.full(heard, source_text))


def _problems(report: Any) -> Sequence[Problem]:
    return () if report.error is None else found_at(report.error.findings, report.place)


def _warnings(session: Session, reports: Sequence[Any], format: str) -> list[Problem]:
    """Return what reports warn of, each once; it is told where ``format`` is one for people."""
    found = list(dict.fromkeys(each for one in reports for each in getattr(one, "warnings", ())))
    if not session.quiet:
        write_findings(session, found, format)
    return found
