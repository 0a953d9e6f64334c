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
    check: Annotated[
        bool, typer.Option("--check", help="Check that the lock is up to date.")
    ] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Upgrade all packages.")] = False,
    upgrade_package: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("-P", "--upgrade-package", metavar="NAME", help="Upgrade this package."),
    ] = None,
    upgrade_artifact: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--upgrade-artifact", metavar="NAME", help="Update this artifact's pin."),
    ] = None,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Pin and hash dependencies in mlpack.lock."""
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
