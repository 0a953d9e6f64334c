"""`mlpack schema`."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = {
    "mlpack schema": "print the JSON schema, for editors",
    "mlpack schema --markdown": "print every key with its description",
}


def command(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print it as a Markdown page.")
    ] = False,
) -> None:
    """Print the JSON schema of mlpack.yaml."""
    from mlpack.manifest.schema import load, text

    if markdown:
        from mlpack.render.reference import reference

        typer.echo(reference(load()), nl=False)
    else:
        typer.echo(text(), nl=False)
