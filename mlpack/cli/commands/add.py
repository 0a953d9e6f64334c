"""`mlpack add`."""

from __future__ import annotations

from typing import Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import (
    EditDryRunOption,
    NoLockOption,
    OfflineOption,
    PlainFormat,
    PlainFormatOption,
)

EXAMPLES = {
    "mlpack add numpy 'pandas>=2.2'": "add two requirements, and lock",
    "mlpack add --dry-run numpy": "show the edit; write nothing",
}


def command(
    context: typer.Context,
    requirements: Annotated[
        list[str], typer.Argument(metavar="REQUIREMENT...", help="Such as numpy or 'numpy>=2.1'.")
    ],
    no_lock: NoLockOption = False,
    dry_run: EditDryRunOption = False,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Add requirements, then lock."""
    from mlpack import api
    from mlpack.cli.editing import edited

    session = sessions.of(context)
    edited(
        session,
        format.value,
        lambda manifest: api.add(
            manifest,
            requirements,
            lock=not no_lock,
            dry_run=dry_run,
            offline=offline,
            narrator=session.narrator(),
        ),
        files_required=not no_lock,
    )
