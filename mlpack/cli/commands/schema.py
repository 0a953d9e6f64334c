"""`mlpack schema`."""

from __future__ import annotations

import typer


def command() -> None:
    """Print the JSON schema of mlpack.yaml."""
    from mlpack.schema import text

    typer.echo(text(), nl=False)
