"""`mlpack init`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mlpack.authoring.templates import CI_FILES, LICENSES, TEMPLATES
from mlpack.cli import completion
from mlpack.cli import session as sessions
from mlpack.cli.options import PlainFormat, PlainFormatOption
from mlpack.core.errors import UsageError

if TYPE_CHECKING:
    from mlpack.api import InitOptions
    from mlpack.authoring.survey import Survey

EXAMPLES = {
    "mlpack init": "write a manifest for the code in this folder",
    "mlpack init --from pipeline.joblib": "start from the file of a trained model",
    "mlpack init digits --template sklearn --yes": "create a project, without questions",
}


NONE = "none"


def can_ask(*, wanted: bool) -> bool:
    """Whether there is a person to ask: a terminal at both ends, and no CI."""
    return wanted and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def ask(text: str, default: str, check: Callable[[str], None]) -> str:
    """Ask until ``check`` raises no ``UsageError`` of the answer; Enter takes the default."""

    def usable(answer: str) -> str:
        try:
            check(answer.strip())
        except UsageError as error:
            raise typer.BadParameter(f"{error.message}: {error.hint}") from None
        return answer.strip()

    answer: str = typer.prompt(text, default=default, value_proc=usable, err=True)
    return answer


def choose(text: str, choices: Iterable[str], default: str) -> str:
    """Ask for one of several words until the answer is one."""
    known = {each.lower(): each for each in choices}
    listed = ", ".join(known.values())

    def one(answer: str) -> str:
        if answer.strip().lower() not in known:
            raise typer.BadParameter(f"{answer!r} is not one of {listed}")
        return known[answer.strip().lower()]

    chosen: str = typer.prompt(f"{text} ({listed})", default=default, value_proc=one, err=True)
    return chosen


def choose_none(text: str, choices: Iterable[str]) -> str | None:
    """Ask for one of several words, or none of them, which is the default."""
    answer = choose(text, [*choices, NONE], NONE)
    return None if answer == NONE else answer


def explain(choices: Mapping[str, str]) -> None:
    """Write what each choice means, before it is asked for."""
    width = max(map(len, choices))
    for name, meaning in choices.items():
        typer.echo(f"  {name:{width}}  {meaning}", err=True)


def _choice(words: Iterable[str]) -> str:
    return f"[{'|'.join(words)}]"


def command(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(metavar="[DIR]", help="The project folder.")] = ".",
    template: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "-t",
            "--template",
            metavar=_choice(TEMPLATES),
            help="Template to start from.",
            autocompletion=completion.one_of(TEMPLATES),
        ),
    ] = None,
    model: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--model", metavar="MODULE:CLASS", help="Class to use, if there are several."),
    ] = None,
    source: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--from", metavar="FILE", help="Trained model to start from, such as model.joblib."
        ),
    ] = None,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--name", help="Name of the model (default: the folder's name)."),
    ] = None,
    model_version: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--model-version", metavar="VERSION", help="Version of the model (default: 0.1.0)."
        ),
    ] = None,
    license: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--license",
            metavar=_choice(LICENSES),
            help="Add a license file.",
            autocompletion=completion.one_of(LICENSES),
        ),
    ] = None,
    python: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--python", metavar="3.N", help="Python version (default: the current one)."),
    ] = None,
    ci: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "--ci",
            metavar=_choice(CI_FILES),
            help="Add a CI workflow (repeatable).",
            autocompletion=completion.one_of(CI_FILES),
        ),
    ] = None,
    yes: Annotated[
        bool, typer.Option("-y", "--yes", help="Accept the defaults without prompting.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Create a project, or a manifest for existing code."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, write_report
    from mlpack.render.commands import init_text

    session = sessions.of(context)
    root = session.directory / folder
    options = api.InitOptions(
        template=template,
        model=model,
        source=session.path(source),
        name=name,
        version=model_version,
        license=license,
        python=python,
        ci=tuple(ci or ()),
        force=force,
    )
    with Reporting(session, format.value):
        if can_ask(wanted=not (yes or session.quiet)):
            options = _asked(options, api.look_around(root))
        report = api.init(root, options, narrator=session.narrator())
        text = init_text(report, session.shown, here=session.directory)
        write_report(session, report, format.value, text, "project")


def _asked(options: InitOptions, seen: Survey) -> InitOptions:
    from mlpack.api.authoring import default_python
    from mlpack.workflow.init import (
        FIRST_VERSION,
        check_name,
        check_python,
        check_version,
        project_name,
    )

    if options.template is None and options.model is None and options.source is None:
        models = [each.reference for each in seen.models]
        if len(models) > 1:
            options = replace(options, model=choose("Which class", models, models[0]))
        elif not models:
            explain(TEMPLATES)
            template = choose("Template", TEMPLATES, next(iter(TEMPLATES)))
            options = replace(options, template=template)
    if options.name is None:
        options = replace(options, name=ask("Name", project_name(seen.root), check_name))
    if options.version is None:
        options = replace(options, version=ask("Version", FIRST_VERSION, check_version))
    if options.python is None and options.source is None:
        default = seen.python or default_python()
        options = replace(options, python=ask("Python", default, check_python))
    if options.license is None:
        options = replace(options, license=choose_none("License", LICENSES))
    if not options.ci:
        options = replace(options, ci=choose_none("CI", CI_FILES) or ())
    return options
