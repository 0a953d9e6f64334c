"""`mlpack verify`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import (
    Format,
    FormatOption,
    Manager,
    ManagerOption,
    ModelArgument,
    OfflineOption,
    PayloadOption,
)


def command(
    context: typer.Context,
    model: ModelArgument,
    digest: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--digest", metavar="sha256:HEX", help="Expected digest."),
    ] = None,
    payload: PayloadOption = None,
    env_manager: ManagerOption = Manager.uv,
    no_predict: Annotated[
        bool, typer.Option("--no-predict", help="Skip the forward pass.")
    ] = False,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Verify a package, then predict with it."""
    from mlpack import api
    from mlpack.cli.answers import write_findings
    from mlpack.cli.reporting import Reporting, lock_named, write_report
    from mlpack.render import reports

    session = sessions.of(context)
    options = api.VerifyOptions(
        digest=digest,
        payload=session.path(payload),
        environment_manager=env_manager.value,
        predict=not no_predict,
        offline=offline,
    )
    with Reporting(session, format.value):
        report = api.verify(
            session.directory / model,
            options,
            lock_file=lock_named(session),
            narrator=session.narrator(),
        )
        write_findings(session, report.warnings, format.value)
        text = reports.verify_text(report, session.shown)
        write_report(session, report, format.value, text, "package")
