"""`mlpack diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import PlainFormat, PlainFormatOption

EXAMPLES = {
    "mlpack diff dist/digits old/digits": "show which files differ, and how",
    "mlpack diff dist/digits models:/digits@champion": "compare with a registered model",
    "mlpack diff --exit-code dist/digits old/digits": "exit with status 5 if they differ",
}


def command(
    context: typer.Context,
    first: Annotated[
        str,
        typer.Argument(
            metavar="A", help="Path to an MLflow model.", autocompletion=completion.packages
        ),
    ],
    second: Annotated[
        str,
        typer.Argument(
            metavar="B",
            help="Path to the MLflow model to compare it with.",
            autocompletion=completion.packages,
        ),
    ],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with status 5 if they differ.")
    ] = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Show the differences between two packages."""
    from mlpack import api
    from mlpack.cli.answers import ReportedError, write_findings
    from mlpack.cli.reporting import Reporting, model_path, write_report
    from mlpack.core.errors import ReproducibilityError
    from mlpack.render.commands import diff_text

    session = sessions.of(context)
    with Reporting(session, format.value):
        found = api.diff(model_path(session, first), model_path(session, second))
        write_findings(session, found.warnings, format.value)
        text = diff_text(found, session.shown)
        write_report(session, found, format.value, text, "comparison")
    if exit_code and not found.equal:
        raise ReportedError(ReproducibilityError.exit_code)
