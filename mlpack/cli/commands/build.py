"""`mlpack build`, and the quick answer where there is nothing to do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional, cast

import typer

from mlpack._version import __version__
from mlpack.cli import session as sessions
from mlpack.cli.options import (
    ChangedOption,
    FilesArgument,
    Format,
    FormatOption,
    OfflineOption,
    PayloadOption,
    VariantsOption,
    refuse_beside,
)
from mlpack.storage.cache import cache_root
from mlpack.storage.stat import keep_answer, kept_answer

if TYPE_CHECKING:
    from mlpack.api import BuildOptions
    from mlpack.cli.session import Session
    from mlpack.manifest.model import Manifest
    from mlpack.ports.report import BuildReport

EXAMPLES = {
    "mlpack build": "build each variant whose inputs changed",
    "mlpack build --variant small -o out": "build one variant, into out/",
    "mlpack build --locked --offline": "in CI: reproduce what the lock records",
    "mlpack build -f models --format github": "build all models in a folder, on GitHub",
}
INTERRUPTED = (
    "packages that were not finished are unchanged, and their staging folders removed; "
    "finished packages, the lock and the cache are kept for the next build"
)


class QuickAnswer:
    """What a build said when it had nothing to do, while nothing has moved since.

    ``asked`` is all of the command line that decides the answer.
    """

    def __init__(self, session: Session, asked: Iterable[Any]) -> None:
        self._begun = time.time_ns()
        self._cache = str(cache_root())
        here = (os.getcwd(), str(session.directory), *session.files)  # noqa: PTH109 - quicker
        epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
        self._question = (__version__, epoch, *here, "", *map(str, asked))
        # Where manifests are searched for, one that is added moves none of the others.
        named = session.files or ["mlpack.yaml"]
        self._usable = all((session.directory / name).is_file() for name in named)

    def text(self) -> str | None:
        """Return the answer, if there is one that still holds."""
        return kept_answer(self._cache, self._question) if self._usable else None

    def keep(self, reports: Sequence[BuildReport], text: str) -> None:
        """Keep ``text`` for the next time, if nothing was done."""
        if self._usable and all(report.status == "unchanged" for report in reports):
            paths = {path for report in reports for path in report.watched}
            keep_answer(self._cache, self._question, text, paths, begun=self._begun)


class EnvironmentKind(str, Enum):
    """Where the model is saved and proven."""

    locked = "locked"
    current = "current"


def command(
    context: typer.Context,
    files: FilesArgument = None,
    variant: VariantsOption = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="DIR", help="Output folder."),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Require an up-to-date lock and the recorded digest.")
    ] = False,
    offline: OfflineOption = False,
    skip_inference: Annotated[
        bool, typer.Option("--skip-inference", help="Skip the forward pass.")
    ] = False,
    payload: PayloadOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build twice under different conditions and compare.")
    ] = False,
    env: Annotated[
        EnvironmentKind, typer.Option("--env", help="Environment to build in.")
    ] = EnvironmentKind.locked,
    jobs: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            "-j", "--jobs", metavar="N", min=1, help="Parallel builds (default: number of CPUs)."
        ),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first failure.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Explain why each step ran.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan without building.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Rebuild even if nothing changed; replace any folder.")
    ] = False,
    changed: ChangedOption = False,
    paranoid: Annotated[
        bool, typer.Option("--paranoid", help="Read every file; trust no cached digest.")
    ] = False,
    format: FormatOption = Format.full,
) -> None:
    """Build an MLflow model and check that it predicts."""
    if dry_run:
        refuse_beside("--dry-run", check=check)
    if skip_inference:
        refuse_beside("--skip-inference", payload=payload)
    if env is EnvironmentKind.current:
        refuse_beside("--env current", locked=locked, check=check)
    session = sessions.of(context)
    session.take_files(files, changed=changed)
    plain = format in (Format.full, Format.concise) and env is EnvironmentKind.locked
    special = (offline, skip_inference, payload, check, dry_run, force, explain, paranoid, changed)
    quick = QuickAnswer(session, (variant, output, locked)) if plain and not any(special) else None
    if quick is not None and (said := quick.text()) is not None:
        session.show(said)
        return
    from mlpack.api import BuildOptions

    options = BuildOptions(
        variants=tuple(variant or ()),
        output=session.path(output),
        locked=locked,
        offline=offline,
        skip_inference=skip_inference,
        payload=session.path(payload),
        environment=env.value,
        dry_run=dry_run,
        check=check,
        force=force,
        jobs=jobs,
        fail_fast=fail_fast,
        paranoid=paranoid,
    )
    _build(session, options, format.value, explain, quick)


def _build(
    session: Session,
    options: BuildOptions,
    format: str,
    explain: bool,
    quick: QuickAnswer | None,
) -> None:
    from mlpack.cli.answers import ReportedError
    from mlpack.cli.reporting import Reporting, load_each, write_reports
    from mlpack.render.reports import build_text, total_text

    began = time.monotonic()
    with Reporting(session, format):
        manifests, wrong = load_each(session, format, fail_fast=options.fail_fast)
        warnings = [problem for manifest in manifests for problem in manifest.warnings]
        reports = (*wrong, *_built(session, manifests, options))
        failed = next((report.error for report in reports if report.error is not None), None)
        if failed is not None and len(reports) == 1:
            raise failed
        write_reports(session, reports, format, warnings=warnings, explain=explain)
        if len(reports) > 1 and format == "full" and not session.quiet:
            session.tell(total_text(reports, time.monotonic() - began))
        if failed is not None:
            raise ReportedError(failed.exit_code) from failed
    if quick is not None and not warnings:
        quick.keep(reports, "".join(build_text(report, session.shown) for report in reports))


def _built(
    session: Session, manifests: Sequence[Manifest], options: BuildOptions
) -> tuple[BuildReport, ...]:
    """Return a report for each package, failed or not."""
    from mlpack import api
    from mlpack.core.errors import MlpackError

    try:
        return api.build(manifests, options, narrator=session.narrator())
    except MlpackError as error:
        if not error.reports:
            raise
        return cast("tuple[BuildReport, ...]", error.reports)
