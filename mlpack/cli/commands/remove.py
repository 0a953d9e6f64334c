"""`mlpack remove`."""

from __future__ import annotations

from typing import Annotated

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import (
    EditDryRunOption,
    NoLockOption,
    OfflineOption,
    PlainFormat,
    PlainFormatOption,
)

EXAMPLES = {
    "mlpack remove numpy": "remove a requirement, and lock",
    "mlpack remove --dry-run numpy": "show the edit; write nothing",
}


def command(
    context: typer.Context,
    packages: Annotated[
        list[str],
        typer.Argument(
            metavar="PACKAGE...", help="The name of a package.", autocompletion=completion.locked
        ),
    ],
    no_lock: NoLockOption = False,
    dry_run: EditDryRunOption = False,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Remove requirements, then lock."""
    from mlpack import api
    from mlpack.cli.editing import edited

    session = sessions.of(context)
    edited(
        session,
        format.value,
        lambda manifest: api.remove(
            manifest,
            packages,
            lock=not no_lock,
            dry_run=dry_run,
            offline=offline,
            narrator=session.narrator(),
        ),
        files_required=not no_lock,
    )
