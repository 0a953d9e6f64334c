"""`mlpack pull`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, TrackingOption

EXAMPLES = {
    "mlpack pull models:/digits@champion": "get a registered model",
    "mlpack pull s3://bucket/models/digits/1.0 -o here": "get a version from a bucket",
}
INTERRUPTED = "nothing appeared; run it again to go on"


def command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="URI of the package.")],
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="DIR", help="Folder (default: the package's name)."),
    ] = None,
    digest: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--digest", metavar="sha256:HEX", help="Expected digest."),
    ] = None,
    tracking_uri: TrackingOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the existing folder.")] = False,
    format: FormatOption = Format.full,
) -> None:
    """Pull a package and its evidence, and check them."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, write_report
    from mlpack.render.publishing import pull_text

    session = sessions.of(context)
    options = api.PullOptions(
        folder=session.directory,
        output=session.path(output),
        digest=digest,
        force=force,
        tracking_uri=tracking_uri,
    )
    with Reporting(session, format.value):
        report = api.pull(source, options, narrator=session.narrator())
        write_report(session, report, format.value, pull_text(report, session.shown), "package")
