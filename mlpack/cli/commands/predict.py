"""`mlpack predict`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import (
    Manager,
    ManagerOption,
    ModelArgument,
    OfflineOption,
    PlainFormat,
    PlainFormatOption,
)

EXAMPLES = {
    "mlpack predict dist/digits": "predict with the model's own example",
    "mlpack predict dist/digits -i rows.csv -o labels.csv": "predict for a table",
}


def command(
    context: typer.Context,
    model: ModelArgument,
    input: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-i", "--input", metavar="FILE", help="JSON, CSV, Parquet or NPY file."),
    ] = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="FILE", help="File for the predictions."),
    ] = None,
    env_manager: ManagerOption = Manager.uv,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Predict with any MLflow pyfunc model."""
    from mlpack import api
    from mlpack.cli.answers import write_findings
    from mlpack.cli.reporting import Reporting, write_report
    from mlpack.render import reports

    session = sessions.of(context)
    with Reporting(session, format.value):
        prediction = api.predict(
            session.directory / model,
            payload=session.path(input),
            output=session.path(output),
            options=api.VerifyOptions(environment_manager=env_manager.value, offline=offline),
            narrator=session.narrator(),
        )
        write_findings(session, prediction.warnings, format.value)
        text = "\n".join(reports.prediction_lines(prediction)) + "\n"
        write_report(session, prediction, format.value, text, "prediction")
