"""`mlpack list`."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from mlpack.cli import session as sessions

EXAMPLES = {
    "mlpack list": "list the models of the nearest manifest",
    "mlpack list --published": "show what is published, and whether it is the recorded package",
    "mlpack list -f models --format github-matrix": "one job per model on GitHub",
}


MATRIX_LIMIT = 256


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
    published: Annotated[
        bool, typer.Option("--published", help="Ask the targets of `publish` what they have.")
    ] = False,
) -> None:
    """List models and their variants."""
    from mlpack import api
    from mlpack.cli.answers import append_summary
    from mlpack.cli.reporting import Reporting, load_all
    from mlpack.render import commands

    session = sessions.of(context)
    with Reporting(session, "json" if format is not ListFormat.full else "full"):
        # Of no use here: files that are still to be made, and signatures to be found.
        manifests = load_all(session, signature_required=False, files_required=False)
        asked = session.narrator() if published else None
        models = api.list_models(manifests, published=published, narrator=asked)
        if format is ListFormat.github_matrix and len(models) > MATRIX_LIMIT:
            session.tell(
                f"warning: GitHub takes {MATRIX_LIMIT} jobs in a matrix, and there are "
                f"{len(models)} models\n  help: list some of them with -f, in a matrix each\n"
            )
        text = commands.text(models, format.value, session.shown)
        (session.show if format is ListFormat.full else session.say)(text)
        if published:
            append_summary(
                session, (), {"published": [each for model in models for each in model.published]}
            )
