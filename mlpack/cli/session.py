"""The options that every command takes, wherever they stand on the line."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from mlpack.ports import Narrator


@dataclass(slots=True, kw_only=True)
class Session:
    """What holds for one run: the folder to act in, the manifests named, how to speak."""

    directory: Path = field(default_factory=Path.cwd)
    files: list[str] = field(default_factory=list)
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    progress: bool = True
    json: bool = False

    def path(self, text: str | Path | None) -> Path | None:
        """Return a path from the command line, taken from the chosen folder."""
        return None if text is None else self.directory / Path(text).expanduser()

    def shown(self, path: Path) -> str:
        """Return a path as the user would type it: relative to where they stand, if below."""
        here = Path.cwd()
        return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)

    @property
    def wants_color(self) -> bool | None:
        """Whether to colour: ``None`` lets the stream decide."""
        if self.color != "auto":
            return self.color == "always"
        if os.environ.get("NO_COLOR"):
            return False
        return True if os.environ.get("FORCE_COLOR") else None

    def narrator(self) -> Narrator:
        """Return a narrator on standard error."""
        from mlpack.render.narration import LineNarrator

        live = self.progress and sys.stderr.isatty() and not os.environ.get("CI")
        return LineNarrator(stream=sys.stderr, quiet=self.quiet, live=live)


def current() -> Session:
    """Return the session of the command that is running."""
    session = click.get_current_context().find_root().ensure_object(Session)
    return session


def _common_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["-C", "--directory"],
            type=click.Path(exists=True, file_okay=False),
            help="Act as if started in this folder.",
            expose_value=False,
            callback=_set_directory,
        ),
        click.Option(
            ["-f", "--file"],
            multiple=True,
            metavar="MANIFEST",
            help="The manifest; without it mlpack.yaml is searched upward.",
            expose_value=False,
            callback=_set_files,
        ),
        _flag(["-q", "--quiet"], "quiet", "Say nothing but results and errors."),
        _flag(["-v", "--verbose"], "verbose", "Say more; show where a bug in mlpack came from."),
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            help="Colour the output.",
            expose_value=False,
            callback=_set_color,
        ),
        _flag(["--no-progress"], "no_progress", "Show no running steps."),
    ]


def _flag(names: list[str], key: str, text: str) -> click.Option:
    return click.Option(
        [*names, key], is_flag=True, help=text, expose_value=False, callback=_set_flag
    )


def _set_flag(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    session = context.find_root().ensure_object(Session)
    if value and parameter.name == "no_progress":
        session.progress = False
    elif value and parameter.name is not None:
        setattr(session, parameter.name, True)


def _set_directory(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        session = context.find_root().ensure_object(Session)
        session.directory = session.directory / value


def _set_files(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    context.find_root().ensure_object(Session).files.extend(value)


def _set_color(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        session = context.find_root().ensure_object(Session)
        session.color = value
        context.find_root().color = session.wants_color


class Command(TyperCommand):
    """A command that also takes the common options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_common_options())


class Group(TyperGroup):
    """The program itself: common options may stand before the command, which keep their order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_common_options())

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the commands in the order of the work, not of the alphabet."""
        return list(self.commands)
