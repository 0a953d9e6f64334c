"""`mlpack lock`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import (
    ChangedOption,
    FilesArgument,
    Format,
    FormatOption,
    OfflineOption,
    refuse_beside,
)

if TYPE_CHECKING:
    from mlpack.cli.session import Session
    from mlpack.manifest.model import Manifest

EXAMPLES = {
    "mlpack lock": "update mlpack.lock where the manifest changed",
    "mlpack lock --check": "fail if mlpack.lock is out of date; needs no network",
    "mlpack lock -P numpy": "upgrade one package; `-P numpy==2.1.0` takes a version",
    "mlpack lock --upgrade --dry-run": "show what an upgrade would move",
}
INTERRUPTED = "a lock that was not finished is unchanged; downloads are kept in the cache"


def command(
    context: typer.Context,
    files: FilesArgument = None,
    check: Annotated[
        bool, typer.Option("--check", help="Check that the lock is up to date.")
    ] = False,
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Upgrade all packages.")] = False,
    upgrade_package: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "-P",
            "--upgrade-package",
            metavar="NAME[==VERSION]",
            help="Upgrade this package.",
            autocompletion=completion.locked,
        ),
    ] = None,
    upgrade_artifact: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--upgrade-artifact",
            metavar="NAME",
            help="Update this artifact's pin.",
            autocompletion=completion.artifacts,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would move; write nothing.")
    ] = False,
    changed: ChangedOption = False,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Pin and hash dependencies in mlpack.lock."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render import reports

    session = sessions.of(context)
    session.take_files(files, changed=changed)
    if check:
        refuse_beside(
            "--check",
            upgrade=upgrade,
            upgrade_package=upgrade_package,
            upgrade_artifact=upgrade_artifact,
            dry_run=dry_run,
        )
    if upgrade:
        refuse_beside("--upgrade", upgrade_package=upgrade_package)
    if dry_run:
        # To know what would move, it would have to be downloaded.
        refuse_beside("--dry-run", upgrade_artifact=upgrade_artifact)
    several = _several(session, upgrade_package or ())

    @cache
    def update() -> Callable[[Manifest], Any]:
        return api.lock_updater(
            upgrade="all" if upgrade else upgrade_package or (),
            anywhere=several,
            upgrade_artifacts=upgrade_artifact or (),
            offline=offline,
            dry_run=dry_run,
            narrator=session.narrator(),
        )

    def work(manifest: Manifest) -> Any:
        return api.check_lock(manifest) if check else update()(manifest)

    each_manifest(session, format.value, work, reports.lock_text, "locks")


def _several(session: Session, wanted: Sequence[str]) -> bool:
    """Tell whether there are several manifests, of which one at least has what is wanted."""
    from mlpack import api
    from mlpack.cli.manifests import manifest_paths

    paths = manifest_paths(session)
    if wanted and len(paths) > 1:
        api.check_upgradable(paths, wanted)
    return len(paths) > 1
