"""`mlpack export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import ModelArgument, PlainFormat, PlainFormatOption

EXAMPLES = {
    "mlpack export dist/digits": "write digits.tar",
    "mlpack export dist/digits -o digits.tar.gz": "write a compressed archive",
}
INTERRUPTED = "no archive was written, and an existing one is unchanged"


def command(
    context: typer.Context,
    model: ModelArgument = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="FILE", help="Output file (default: NAME.tar)."),
    ] = None,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Export a package as a reproducible tar archive."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, lock_named, model_path, write_report
    from mlpack.render.reports import export_text

    session = sessions.of(context)
    with Reporting(session, format.value):
        package = Path(model_path(session, model)).absolute()
        report = api.export(
            package,
            session.path(output) or session.directory / f"{package.name}.tar",
            lock_file=lock_named(session),
        )
        write_report(session, report, format.value, export_text(report, session.shown), "archive")
