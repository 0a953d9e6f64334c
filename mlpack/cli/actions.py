"""What each command does with its flags: call the interface, render what comes back."""

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
from mlpack.errors import MlpackError, UsageError
from mlpack.render import findings, machine, reports

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest
    from mlpack.ports import UpgradeScope


def lock(session: Session, check: bool, scope: UpgradeScope, offline: bool, format: str) -> None:
    """Bring the lock up to date, or only check it."""

    def work(manifest: Manifest) -> Any:
        if check:
            return api.check_lock(manifest)
        return api.update_lock(
            manifest, upgrade=scope, offline=offline, narrator=session.narrator()
        )

    _each_manifest(session, format, work, reports.lock_text, "locks")


def build(session: Session, options: api.BuildOptions, format: str) -> None:
    """Build every chosen variant of every manifest named."""

    def work(manifest: Manifest) -> Any:
        return api.build(manifest, options, narrator=session.narrator())

    def text(found: Any, shown: reports.Shown) -> str:
        return "".join(reports.build_text(report, shown) for report in found)

    _each_manifest(session, format, work, text, "packages")


def verify(session: Session, model: str, options: api.VerifyOptions, format: str) -> None:
    """Check one package."""
    path = session.path(model)
    assert path is not None  # noqa: S101 - a required argument
    lock_file = session.path(session.files[0]) if session.files else None
    if lock_file is not None:
        lock_file = lock_file.with_suffix(".lock")
    with _Reporting(session, format):
        report = api.verify(path, options, lock_file=lock_file, narrator=session.narrator())
        write_findings(session, report.warnings, format)
        _write_report(
            session, report, format, reports.verify_text(report, session.shown), "package"
        )


def predict(
    session: Session,
    model: str,
    payload: str | None,
    output: str | None,
    options: api.VerifyOptions,
    format: str,
) -> None:
    """Predict, and print the predictions where no file is to take them."""
    path = session.path(model)
    assert path is not None  # noqa: S101 - a required argument
    with _Reporting(session, format):
        prediction = api.predict(
            path,
            payload=session.path(payload),
            output=session.path(output),
            options=options,
            narrator=session.narrator(),
        )
        text = "\n".join(reports.prediction_lines(prediction)) + "\n"
        _write_report(session, prediction, format, text, "prediction")


def run(session: Session, command: Sequence[str], variant: str | None, offline: bool) -> int:
    """Run a command in the locked environment; its exit status is ours."""
    argv = list(command[1:] if command and command[0] == "--" else command)
    if not argv:
        raise UsageError("no command was given", hint="write it after --: mlpack run -- python -V")
    # The command may be what makes the artifacts, or the example's files, or finds the signature.
    return api.run(
        _one_manifest(session, signature_required=False, files_required=False),
        argv,
        variant=variant,
        offline=offline,
        workdir=session.directory,
        narrator=session.narrator(),
    )


def signature(session: Session, variant: str | None, write: bool, offline: bool) -> None:
    """Print the signature block, or write it into the manifest."""
    manifest = _one_manifest(session, signature_required=False)
    report = api.signature(
        manifest, variant=variant, write=write, offline=offline, narrator=session.narrator()
    )
    session.say(report.block)
    if report.written is not None:
        session.tell(f"Wrote it into {session.shown(report.written)}\n")


def _one_manifest(session: Session, **allowed: bool) -> Manifest:
    paths = manifest_paths(session)
    if len(paths) > 1:
        raise UsageError("this command takes one manifest", hint="give -f/--file once")
    return _load(session, paths[0], **allowed)


def _load(session: Session, path: Path, **allowed: bool) -> Manifest:
    manifest = api.load_manifest(path, display=session.shown(path), **allowed)
    if not session.quiet:
        session.tell(findings.full(manifest.warnings, source_text))
    return manifest


def _each_manifest(
    session: Session,
    format: str,
    work: Callable[[Manifest], Any],
    text: Callable[[Any, reports.Shown], str],
    key: str,
) -> None:
    with _Reporting(session, format):
        done: list[Any] = []
        for path in manifest_paths(session):
            found = work(_load(session, path))
            done.extend(found if isinstance(found, tuple) else [found])
            if format in ("full", "concise"):
                session.say(text(found, session.shown))
        if format not in ("full", "concise"):
            write_machine(session, [], format, **{key: done})


class _Reporting:
    """Writes an error in the format asked for, where that is one for programs."""

    def __init__(self, session: Session, format: str) -> None:
        self._session = session
        self._format = format

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        if isinstance(error, MlpackError) and self._format != "full":
            if self._format == "concise":
                self._session.tell(findings.concise(machine.problems_of(error)))
            else:
                write_machine(self._session, machine.problems_of(error), self._format)
            raise ReportedError(error.exit_code) from error


def _write_report(session: Session, report: Any, format: str, text: str, key: str) -> None:
    if format in ("full", "concise"):
        session.say(text)
    else:
        write_machine(session, getattr(report, "warnings", ()), format, **{key: report})
