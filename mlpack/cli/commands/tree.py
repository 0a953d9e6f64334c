"""`mlpack tree`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption, PlainFormat, PlainFormatOption, VariantsOption

EXAMPLES = {
    "mlpack tree": "show which package requires which",
    "mlpack tree --invert --package numpy": "show what requires numpy",
}


def command(
    context: typer.Context,
    package: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--package",
            metavar="NAME",
            help="Begin at this package (repeatable).",
            autocompletion=completion.locked,
        ),
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", help="Show which packages require a package.")
    ] = False,
    depth: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--depth", metavar="N", min=0, help="Show this many levels."),
    ] = None,
    variant: VariantsOption = None,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Show which package requires which."""
    from mlpack import api
    from mlpack.cli.reporting import each_manifest
    from mlpack.render.dependencies import trees_text

    session = sessions.of(context)
    each_manifest(
        session,
        format.value,
        lambda manifest: api.tree(
            manifest,
            variants=variant or (),
            packages=package or (),
            invert=invert,
            depth=depth,
            offline=offline,
            narrator=session.narrator(),
        ),
        trees_text,
        "trees",
        signature_required=False,
        files_required=False,
    )
