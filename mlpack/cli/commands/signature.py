"""`mlpack signature`."""

from __future__ import annotations

from typing import Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption, OneVariantOption

EXAMPLES = {
    "mlpack signature": "print the signature that the example suggests",
    "mlpack signature --write": "write it to the manifest",
}
INTERRUPTED = "the manifest is unchanged; the lock and the cache are kept"


def command(
    context: typer.Context,
    variant: OneVariantOption = None,
    write: Annotated[bool, typer.Option("--write", help="Write it to the manifest.")] = False,
    offline: OfflineOption = False,
) -> None:
    """Infer the signature by running the example."""
    from mlpack import api
    from mlpack.cli.reporting import one_manifest

    session = sessions.of(context)
    report = api.signature(
        one_manifest(session, signature_required=False),
        variant=variant,
        write=write,
        offline=offline,
        narrator=session.narrator(),
    )
    session.say(report.block)
    if report.written is not None:
        session.tell(f"Wrote the signature to {session.shown(report.written)}\n")
