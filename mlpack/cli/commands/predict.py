"""`mlpack predict`: from a file or a pipe, to a file or a pipe."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import (
    DataFormat,
    Manager,
    ManagerOption,
    ModelArgument,
    OfflineOption,
    PlainFormat,
    PlainFormatOption,
)
from mlpack.cli.session import Session
from mlpack.core.errors import UsageError

_PIPE = "-"
_FOR_PEOPLE = (PlainFormat.full, PlainFormat.concise)
_BINARY = (DataFormat.npy, DataFormat.parquet)

EXAMPLES = {
    "mlpack predict dist/digits": "predict with the model's own example",
    "mlpack predict dist/digits -i rows.csv -o labels.csv": "predict for a table",
    "mlpack predict dist/digits -i - | jq .": "predict for what another program writes",
}
INTERRUPTED = "the package is unchanged; an unfinished environment is created again next time"


def command(
    context: typer.Context,
    model: ModelArgument = None,
    input: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-i", "--input", metavar="FILE", help="Input; `-` reads standard input."),
    ] = None,
    input_format: Annotated[
        Optional[DataFormat],  # noqa: UP045
        typer.Option("--input-format", help="Format of the input (default: by name or content)."),
    ] = None,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File for the predictions; `-` writes them to standard output, as does a pipe.",
        ),
    ] = None,
    output_format: Annotated[
        Optional[DataFormat],  # noqa: UP045
        typer.Option("--output-format", help="Format of the predictions (default: by name)."),
    ] = None,
    env_manager: ManagerOption = Manager.uv,
    offline: OfflineOption = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Predict with any MLflow pyfunc model."""
    from mlpack import api
    from mlpack.cli.answers import write_findings
    from mlpack.cli.reporting import Reporting, model_path, write_report
    from mlpack.render import reports
    from mlpack.storage.staging import scratch_folder

    session = sessions.of(context)
    with Reporting(session, format.value), scratch_folder() as folder:
        poured = _poured(output, output_format, format)
        form = output_format or (DataFormat.json if poured else None)
        target = folder / "predictions" if poured else session.path(output)
        prediction = api.write_predictions(
            model_path(session, model),
            payload=_payload(session, input, folder),
            payload_format=input_format and input_format.value,
            output=target,
            output_format=form and form.value,
            options=api.VerifyOptions(environment_manager=env_manager.value, offline=offline),
            narrator=session.narrator(),
        )
        if input is None:
            # A slow program at the other end of the pipe had not begun yet.
            _refuse_unread_input()
        write_findings(session, prediction.warnings, format.value)
        if poured and target is not None:
            session.pour(target)
            return
        text = "\n".join(reports.prediction_lines(prediction)) + "\n"
        if sys.stdout.isatty() or format not in _FOR_PEOPLE:
            write_report(session, prediction, format.value, text, "prediction")
        elif not session.quiet:
            session.tell(text)


def _poured(output: str | None, form: DataFormat | None, format: PlainFormat) -> bool:
    """Tell whether the predictions go to standard output, in full."""
    report = format not in _FOR_PEOPLE
    if output == _PIPE and report:
        raise UsageError(
            f"standard output cannot have both the predictions and a report as {format.value}",
            hint="pass a file with -o/--output, or leave out --format",
        )
    if output not in (None, _PIPE) or report:
        return False
    terminal = sys.stdout.isatty()
    if terminal and form in _BINARY:
        raise UsageError(
            f"standard output is a terminal, and {form.value} is a binary format",
            hint="pass a file with -o/--output",
        )
    return output == _PIPE or form is not None or not terminal


def _payload(session: Session, input: str | None, folder: Path) -> Path | None:
    """Return the file to read; what comes through a pipe is written to one in ``folder``."""
    if input is None:
        _refuse_unread_input()
        return None
    path = session.path(input)
    if input != _PIPE and (path is None or path.is_file() or path.is_dir() or not path.exists()):
        return path
    # Its name is what messages call it.
    spooled = folder / ("standard input" if input == _PIPE or path is None else path.name)
    with spooled.open("wb") as file:
        if input == _PIPE or path is None:
            shutil.copyfileobj(sys.stdin.buffer, file)
        else:
            with path.open("rb") as pipe:
                shutil.copyfileobj(pipe, file)
    return spooled


def _refuse_unread_input() -> None:
    """Raise ``UsageError`` where standard input has data that nobody asked to read."""
    if _waiting_bytes():
        raise UsageError(
            "standard input has data, but no input was specified",
            hint="pass `-i -` to predict on it, or `< /dev/null` to use the package's own example",
        )


def _waiting_bytes() -> int:
    import array
    import fcntl
    import os
    import stat
    import termios

    try:
        descriptor = sys.stdin.fileno()
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISREG(mode):
            return os.fstat(descriptor).st_size - os.lseek(descriptor, 0, os.SEEK_CUR)
        if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
            return 0
        waiting = array.array("i", [0])
        fcntl.ioctl(descriptor, termios.FIONREAD, waiting)
        return waiting[0]
    except (AttributeError, OSError, ValueError):
        # Closed, or not a file: there is nothing to read.
        return 0
