"""`mlpack import`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption, OfflineOption

EXAMPLES = {
    "mlpack import package.py": "show the manifest for a script that saves a model",
    "mlpack import package.py --write": "write it",
    "mlpack import saved/model -o digits --write": "make a project from a saved model",
    "mlpack import --write -- python package.py --model digits": "read a packager's command line",
}
INTERRUPTED = "nothing was written"


def command(
    context: typer.Context,
    source: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE",
            help="A packaging folder, a script that saves a model, an MLflow model or a "
            "dependency file; or a packager's command line after --.",
        ),
    ],
    write: Annotated[
        bool, typer.Option("--write", help="Write the manifest and its files.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Run the source's code if reading it is not enough.")
    ] = False,
    output: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("-o", "--output", metavar="DIR", help="The project folder."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    offline: OfflineOption = False,
    format: FormatOption = Format.full,
) -> None:
    """Create a manifest from an existing script, folder or model."""
    from mlpack import api
    from mlpack.cli.answers import source_text, write_machine
    from mlpack.cli.reporting import Reporting
    from mlpack.core.errors import UsageError
    from mlpack.render import findings
    from mlpack.render.commands import manifest_diff_text, outcome_text

    session = sessions.of(context)
    if len(session.files) > 1:
        raise UsageError("this command writes one manifest", hint="pass -f/--file once")
    options = api.ImportOptions(
        words=tuple(source),
        folder=session.directory,
        manifest=session.files[0] if session.files else None,
        output=session.path(output),
        write=write,
        run=run,
        force=force,
        offline=offline,
    )
    with Reporting(session, format.value):
        report = api.import_(options, narrator=session.narrator())
    if format.value not in ("full", "concise"):
        write_machine(session, report.problems, format.value, imported=report)
        return

    def text_of(name: str) -> str | None:
        return report.text if name == report.path.name else source_text(name)

    session.say(manifest_diff_text(report))
    session.tell(outcome_text(report, session.shown))
    if format.value == "full":
        session.tell(findings.full(report.problems, text_of))
    else:
        session.tell(findings.concise(report.problems))
