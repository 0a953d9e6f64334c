"""`mlpack build`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, OfflineOption, PayloadOption, VariantsOption

if TYPE_CHECKING:
    from mlpack.api import BuildOptions
    from mlpack.cli.session import Session
    from mlpack.manifest.model import Manifest
    from mlpack.render.reports import Shown


class EnvironmentKind(str, Enum):
    """Where the model is saved and proven."""

    locked = "locked"
    current = "current"


def command(
    context: typer.Context,
    variant: VariantsOption = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="DIR", help="The folder for packages."),
    ] = None,
    locked: Annotated[
        bool, typer.Option("--locked", help="Refuse a stale lock and other bytes than recorded.")
    ] = False,
    offline: OfflineOption = False,
    skip_inference: Annotated[
        bool, typer.Option("--skip-inference", help="Run no forward pass.")
    ] = False,
    payload: PayloadOption = None,
    check: Annotated[
        bool, typer.Option("--check", help="Build twice under changed conditions and compare.")
    ] = False,
    env: Annotated[
        EnvironmentKind, typer.Option("--env", help="Build in the locked or the active one.")
    ] = EnvironmentKind.locked,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Build even if nothing changed; replace any folder.")
    ] = False,
    format: FormatOption = Format.full,
) -> None:
    """Build a proven MLflow model: lock, save, forward pass, move into place."""
    from mlpack.api import BuildOptions

    session = sessions.of(context)
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
    )
    _build(session, options, format.value)


def _build(session: Session, options: BuildOptions, format: str) -> None:
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render import reports

    def work(manifest: Manifest) -> Any:
        return api.build(manifest, options, narrator=session.narrator())

    def text(found: Any, shown: Shown) -> str:
        return "".join(reports.build_text(report, shown) for report in found)

    each_manifest(session, format, work, text, "packages")
