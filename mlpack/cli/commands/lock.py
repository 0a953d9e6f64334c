"""`mlpack lock`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, OfflineOption

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest
    from mlpack.ports import UpgradeScope


def command(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Only say whether it fits.")] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Let every package move.")] = False,
    upgrade_package: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("-P", "--upgrade-package", metavar="NAME", help="Let this package move."),
    ] = None,
    upgrade_artifact: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--upgrade-artifact", metavar="NAME", help="Let this artifact's pin move."),
    ] = None,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Pin and hash the packages in mlpack.lock."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render import reports

    session = sessions.of(context)
    scope: UpgradeScope = "all" if upgrade else frozenset(upgrade_package or ())

    def work(manifest: Manifest) -> Any:
        if check:
            return api.check_lock(manifest)
        return api.update_lock(
            manifest,
            upgrade=scope,
            upgrade_artifacts=upgrade_artifact or (),
            offline=offline,
            narrator=session.narrator(),
        )

    each_manifest(session, format.value, work, reports.lock_text, "locks")
