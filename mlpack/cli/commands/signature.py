"""`mlpack signature`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption, OneVariantOption

if TYPE_CHECKING:
    from mlpack.api import SignatureReport
    from mlpack.cli.session import Session

EXAMPLES = {
    "mlpack signature": "print the signature that the example suggests",
    "mlpack signature --write": "write what is missing to the manifest",
}
INTERRUPTED = "the manifest is unchanged; the lock and the cache are kept"


def command(
    context: typer.Context,
    variant: OneVariantOption = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write what is missing to the manifest.")
    ] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Write without prompting.")] = False,
    offline: OfflineOption = False,
) -> None:
    """Infer the signature by running the example."""
    from mlpack import api
    from mlpack.cli.reporting import one_manifest

    session = sessions.of(context)
    report = api.signature(
        one_manifest(session, signature_required=False),
        variant=variant,
        offline=offline,
        narrator=session.narrator(),
    )
    session.say(report.block)
    if write:
        _write(session, report, yes=yes)


def _write(session: Session, report: SignatureReport, *, yes: bool) -> None:
    from mlpack import api
    from mlpack.cli.commands.init import can_ask
    from mlpack.render.commands import diff_lines

    name = session.shown(report.manifest)
    if report.text is None:
        session.tell(f"The signature in {name} is complete\n")
        return
    session.tell(f"\n{diff_lines(report.diff)}\n")
    if can_ask(wanted=not (yes or session.quiet)) and not typer.confirm(
        f"Write this to {name}?", default=True, err=True
    ):
        session.tell("Nothing was written\n")
        return
    api.write_signature(report)
    session.tell(f"Wrote the signature to {name}\n")
