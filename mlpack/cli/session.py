"""The options that every command takes, wherever they stand on the line."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from mlpack.cli import completion
from mlpack.core.errors import UsageError
from mlpack.render import style

if TYPE_CHECKING:
    from mlpack.ports import Narrator
    from mlpack.render.narration import LineNarrator


@dataclass(slots=True, kw_only=True)
class Session:
    """What holds for one run: the folder to act in, the manifests named, how to speak."""

    directory: Path = field(default_factory=Path.cwd)
    files: list[str] = field(default_factory=list)
    changed: list[str] | None = None
    """Files that changed: the projects that they belong to are meant."""
    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    progress: bool = True
    context: typer.Context | None = None
    """The command's, which ends with it."""
    about: str = ""
    """Which of several manifests the work is on; before each line of the narration."""
    narrating: LineNarrator | None = None
    """Who shows running steps; makes room before anything else is written."""

    def take_files(self, files: Sequence[str] | None, *, changed: bool) -> None:
        """Mean these manifests, or the projects that these changed files belong to."""
        if changed:
            self.changed = list(files or ())
        else:
            self.files[:0] = files or ()

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

    def say(self, text: str) -> None:
        """Write a result to standard output."""
        self._make_room()
        typer.echo(text, nl=False, color=self.wants_color)

    def pour(self, path: Path) -> None:
        """Write a file's bytes to standard output."""
        self._make_room()
        sys.stdout.flush()
        with path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()

    def show(self, text: str) -> None:
        """Write a result for a person: on a terminal, digests are as short as git's."""
        if sys.stdout.isatty() and not self.verbose:
            from mlpack.render.reports import short_digests

            text = short_digests(text)
        self.say(text)

    def tell(self, text: str) -> None:
        """Write findings or an error to standard error."""
        self._make_room()
        self._write(text)

    def turn_to(self, name: str) -> None:
        """Let the narration say from now on which of several manifests it is about."""
        self.about = f"{name}: "
        if self.narrating is not None:
            self.narrating.prefix = self.about

    def narrator(self) -> Narrator:
        """Return a narrator on standard error, which lets go when the command ends."""
        from mlpack.render.narration import LineNarrator
        from mlpack.storage.cache import Durations, cache_root

        project = "\n".join([str(self.directory.resolve()), *self.files])
        estimates = Durations(cache=cache_root(), project=project)
        plain = LineNarrator(write=self._write, quiet=self.quiet)
        found = self._live_narrator() if self._is_live else plain
        found.verbose, found.prefix, found.estimates = self.verbose, self.about, estimates
        found.short = sys.stderr.isatty() and not self.verbose
        self.narrating = found
        if self.context is not None:
            self.context.call_on_close(self.close)
        return found

    @property
    def _is_live(self) -> bool:
        terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return self.progress and not self.quiet and terminal and not os.environ.get("CI")

    def _live_narrator(self) -> LineNarrator:
        from mlpack.render.live import Board, LiveNarrator

        board = Board(write=self._write, color=self.wants_color, clock=time.monotonic)
        return LiveNarrator(write=self._write, board=board)

    def close(self) -> None:
        """Let the narrator go; a step that still runs has failed."""
        if self.narrating is not None:
            # Called on the way out of an exception, too.
            self.narrating.close(failed=sys.exc_info()[0] is not None)
            self.narrating = None

    def _make_room(self) -> None:
        if self.narrating is not None:
            self.narrating.rest()

    def _write(self, text: str) -> None:
        typer.echo(text, nl=False, err=True, color=self.wants_color)


def of(context: typer.Context) -> Session:
    """Return the session of the program that a command belongs to."""
    session = context.find_root().ensure_object(Session)
    assert isinstance(session, Session)  # noqa: S101 - what ensure_object has just made
    session.context = context
    return session


_COLORS = ("auto", "always", "never")


def _common_options() -> list[TyperOption]:
    return [
        _valued(["-C", "--directory"], "DIR", "Change to this folder first.", _set_directory),
        _valued(
            ["-f", "--file"],
            "MANIFEST",
            "Manifest, folder or pattern (default: the nearest mlpack.yaml, or all below).",
            _set_files,
            multiple=True,
            autocompletion=lambda context, args, incomplete: list(
                completion.manifests(context, incomplete)
            ),
        ),
        _flag(["-q", "--quiet"], "quiet", "Print only results and errors."),
        _flag(
            ["-v", "--verbose"],
            "verbose",
            "Show models' output, whole digests, tracebacks.",
        ),
        _valued(
            ["--color"],
            f"[{'|'.join(_COLORS)}]",
            "Control colors in output.",
            _set_color,
            autocompletion=lambda context, args, incomplete: list(_COLORS),
        ),
        _flag(["--no-progress"], "no_progress", "Hide progress."),
    ]


def _valued(
    names: list[str],
    metavar: str,
    text: str,
    callback: Callable[..., None],
    *,
    multiple: bool = False,
    autocompletion: Callable[..., Any] | None = None,
) -> TyperOption:
    return TyperOption(
        param_decls=names,
        type=str,
        metavar=metavar,
        help=text,
        expose_value=False,
        callback=callback,
        multiple=multiple,
        autocompletion=autocompletion,
    )


def _flag(names: list[str], key: str, text: str) -> TyperOption:
    return TyperOption(
        param_decls=[*names, key],
        is_flag=True,
        default=False,
        help=text,
        expose_value=False,
        callback=_set_flag,
    )


def _set_flag(context: typer.Context, parameter: TyperOption, value: bool) -> None:
    session = of(context)
    if value and parameter.name == "no_progress":
        session.progress = False
    elif value and parameter.name is not None:
        setattr(session, parameter.name, True)
    if session.quiet and session.verbose:
        raise UsageError(
            "`--quiet` cannot be used with `--verbose`.", hint="Remove one of the two."
        )


def _set_directory(context: typer.Context, parameter: TyperOption, value: str | None) -> None:
    if value is None:
        return
    session = of(context)
    session.directory = session.directory / Path(value).expanduser()
    if not session.directory.is_dir():
        raise typer.BadParameter(f"{value} is not a folder")


def _set_files(
    context: typer.Context, parameter: TyperOption, value: tuple[str, ...] | None
) -> None:
    of(context).files.extend(value or ())


def _set_color(context: typer.Context, parameter: TyperOption, value: str | None) -> None:
    if value is None:
        return
    if value not in _COLORS:
        raise typer.BadParameter(f"{value!r} is not one of auto, always, never")
    of(context).color = value


class Command(TyperCommand):
    """A command that also takes the common options, and ends its help with examples."""

    examples: Mapping[str, str]
    """Command lines, each with what it does."""
    interrupted: str
    """What a user should know who has interrupted it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = {}
        self.interrupted = ""
        self.params.extend(_common_options())

    def invoke(self, ctx: Any) -> Any:
        """Run the command; say what is left behind where it is interrupted."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            session = of(ctx)
            session.close()
            session.tell(f"{style('interrupted', 'yellow', 'bold')}: {self.interrupted}\n")
            raise

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, each line as it can be pasted."""
        if self.examples:
            with formatter.section("Examples"):
                for line, text in self.examples.items():
                    formatter.write(f"{'':{formatter.current_indent}}# {text}\n")
                    formatter.write(f"{'':{formatter.current_indent}}{line}\n")


class Group(TyperGroup):
    """The program itself: common options may stand before the command."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(_common_options())
