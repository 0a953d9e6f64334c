"""What each command does with its flags: call the interface, render what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlpack import api
from mlpack.cli.session import Session
from mlpack.errors import ManifestError, MlpackError, Problem, UsageError
from mlpack.manifest import find
from mlpack.render import findings, machine, reports

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest
    from mlpack.ports import UpgradeScope


class ReportedError(Exception):
    """An error whose findings are already written in the format asked for."""

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


def validate(session: Session, files: Sequence[str], format: str) -> None:
    """Check each manifest and write all findings of all of them."""
    problems: list[Problem] = []
    checked: list[str] = []
    for path in _manifest_paths(session, files):
        checked.append(session.shown(path))
        try:
            manifest = api.load_manifest(path, display=session.shown(path))
            problems.extend(manifest.warnings)
        except ManifestError as error:
            problems.extend(machine.problems_of(error))
    failed = any(problem.severity == "error" for problem in problems)
    if format in ("full", "concise"):
        _write_findings(session, problems, format)
        if not failed and not session.quiet:
            session.say("".join(f"{name} is valid\n" for name in checked))
    else:
        _write_machine(session, problems, format)
    if failed:
        raise ReportedError(ManifestError.exit_code)


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
        _write_findings(session, report.warnings, format)
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
        _one_manifest(session, signature_required=False, artifacts_required=False),
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


def source_text(name: str) -> str | None:
    """Return the text of a file that a finding names, or ``None`` where it cannot be read."""
    try:
        return Path(name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _manifest_paths(session: Session, files: Sequence[str] = ()) -> list[Path]:
    named = [*files, *session.files]
    if not named:
        return [find(session.directory)]
    return [session.directory / name for name in named]


def _one_manifest(session: Session, **allowed: bool) -> Manifest:
    paths = _manifest_paths(session)
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
        for path in _manifest_paths(session):
            found = work(_load(session, path))
            done.extend(found if isinstance(found, tuple) else [found])
            if format in ("full", "concise"):
                session.say(text(found, session.shown))
        if format not in ("full", "concise"):
            _write_machine(session, [], format, **{key: done})


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
                _write_machine(self._session, machine.problems_of(error), self._format)
            raise ReportedError(error.exit_code) from error


def _write_findings(session: Session, problems: Sequence[Problem], format: str) -> None:
    if format == "full":
        session.tell(findings.full(problems, source_text))
    elif format == "concise":
        session.tell(findings.concise(problems))


def _write_report(session: Session, report: Any, format: str, text: str, key: str) -> None:
    if format in ("full", "concise"):
        session.say(text)
    else:
        _write_machine(session, getattr(report, "warnings", ()), format, **{key: report})


def _write_machine(session: Session, problems: Sequence[Problem], format: str, **more: Any) -> None:
    if format == "json":
        session.say(machine.json_text(problems, **more))
    elif format == "github":
        session.say(machine.github(problems))
    else:
        session.say(machine.gitlab(problems))
