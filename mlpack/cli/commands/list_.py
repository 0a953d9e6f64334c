"""`mlpack list`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from mlpack.cli import session as sessions

EXAMPLES = {
    "mlpack list": "list the models of the nearest manifest",
    "mlpack list -f models --format github-matrix": "one job per model on GitHub",
}


class ListFormat(str, Enum):
    """How models are listed."""

    full = "full"
    json = "json"
    github_matrix = "github-matrix"


def command(
    context: typer.Context,
    format: Annotated[
        ListFormat, typer.Option("--format", help="Output format.")
    ] = ListFormat.full,
) -> None:
    """List models and their variants."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, load_all
    from mlpack.render import commands

    session = sessions.of(context)
    with Reporting(session, "json" if format is not ListFormat.full else "full"):
        # Of no use here: files that are still to be made, and signatures to be found.
        manifests = load_all(session, signature_required=False, files_required=False)
        session.say(commands.text(api.list_models(manifests), format.value, session.shown))
