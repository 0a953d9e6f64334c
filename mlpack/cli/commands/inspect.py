"""`mlpack inspect`."""

from __future__ import annotations

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import ModelArgument, PlainFormat, PlainFormatOption

EXAMPLES = {
    "mlpack inspect dist/digits": "show signature, sizes, dependencies and provenance",
    "mlpack inspect dist/digits --format json": "for scripts",
}


def command(
    context: typer.Context,
    model: ModelArgument = None,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Show a package's metadata and contents."""
    from mlpack import api
    from mlpack.cli.answers import write_findings
    from mlpack.cli.reporting import Reporting, model_path, write_report
    from mlpack.render.descriptions import description_text

    session = sessions.of(context)
    with Reporting(session, format.value):
        found = api.inspect(model_path(session, model))
        write_findings(session, found.warnings, format.value)
        text = description_text(found, session.shown)
        write_report(session, found, format.value, text, "package")
