"""`mlpack outdated`."""

from __future__ import annotations

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption, PlainFormat, PlainFormatOption, VariantsOption

EXAMPLES = {
    "mlpack outdated": "compare the lock with the newest releases",
    "mlpack outdated --format json": "for scripts",
}


def command(
    context: typer.Context,
    variant: VariantsOption = None,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Show which locked packages have newer releases."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render.dependencies import outdated_text

    session = sessions.of(context)
    each_manifest(
        session,
        format.value,
        lambda manifest: api.outdated(
            manifest, variants=variant or (), offline=offline, narrator=session.narrator()
        ),
        outdated_text,
        "locks",
        signature_required=False,
        files_required=False,
    )
