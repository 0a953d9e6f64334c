"""Which script a source means: a file, the first in a folder that saves a model, or a command's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlpack.authoring.importers.command_lines import Invocation, invocation
from mlpack.authoring.importers.model import Left, Source
from mlpack.authoring.importers.needs import needs_in
from mlpack.authoring.importers.notebooks import Notebook, read_notebook
from mlpack.core.errors import UsageError

_NAMES = ("package.py", "log_model.py", "save_model.py")
_SUFFIXES = (".py", ".ipynb")
_TEXTS = ("save_model", "log_model", "autolog")


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A script below the folder of its project, and the command that runs it, if one is given."""

    folder: Path
    path: PurePosixPath
    arguments: tuple[str, ...] = ()
    command: Invocation | None = None
    notebook: Notebook | None = None

    @property
    def file(self) -> Path:
        """The script itself."""
        return self.folder / self.path

    @property
    def module(self) -> str:
        """The name by which the script is imported, for a class that it defines."""
        if self.notebook is not None:
            return re.sub(r"\W", "_", f"{self.path.stem}_model".lower()).lstrip("0123456789_")
        return (self.command and self.command.module) or self.path.stem

    @property
    def python(self) -> tuple[str, str] | None:
        """The Python that saves the model, which MLflow names in it, and what says so."""
        if self.command is not None and self.command.python:
            return self.command.python, "the command"
        if self.notebook is not None and self.notebook.python:
            return self.notebook.python, "the notebook"
        return None

    @property
    def code_path(self) -> str:
        """What travels with the model when the class is the script's own."""
        by_module = self.command is not None and self.command.module is not None
        return self.path.parts[0] if by_module else str(self.path)


def located(source: Source) -> Located | None:
    """Return the script that is meant; ``None`` where the source is of another kind."""
    path = _script_file(source.path)
    if path is not None:
        path = path.absolute()
        return Located(
            folder=path.parent,
            path=PurePosixPath(path.name),
            arguments=source.words[1:],
            notebook=read_notebook(path),
        )
    command = None if source.path.exists() else invocation(source.words)
    return _commanded(command, source.folder.absolute()) if command is not None else None


def _commanded(command: Invocation, folder: Path) -> Located:
    path = command.script
    package = path.with_suffix("") / "__main__.py"
    if command.module is not None and (folder / package).is_file():
        path = package
    if path.is_absolute() or ".." in path.parts:
        whole = (folder / path).resolve()
        inside = whole.is_relative_to(folder.resolve())
        folder = folder.resolve() if inside else whole.parent
        path = PurePosixPath(whole.relative_to(folder).as_posix())
    return Located(
        folder=folder,
        path=path,
        arguments=command.arguments,
        command=command,
        notebook=read_notebook(folder / path) if (folder / path).is_file() else None,
    )


def check(script: Located) -> None:
    """Refuse a command whose script is not there, by ``UsageError``."""
    if not script.file.is_file():
        raise UsageError(
            f"{script.path} does not exist in {script.folder}",
            hint="run this command from the folder in which the script runs",
        )


def left_of(command: Invocation | None) -> Iterator[Left]:
    """Yield what a command says besides its script and the arguments."""
    for name, value in command.environment.items() if command else ():
        why = "a build runs in a clean environment: set variables for it in `verify.env`"
        yield Left(what=f"`{name}={value}` in front of the command", why=why)
    for name, values in command.options.items() if command else ():
        if name not in ("--python", "-p"):
            said = " ".join([name, *filter(None, values)])
            why = "it only affects how the script runs: list what the model needs in `dependencies`"
            yield Left(what=f"`{said}` of the command", why=why)


def _script_file(path: Path) -> Path | None:
    if not path.is_dir():
        return path if path.is_file() and path.suffix in _SUFFIXES and _saves(path) else None
    others = [each for suffix in _SUFFIXES for each in sorted(path.glob(f"*{suffix}"))]
    named = [path / name for name in _NAMES] + others
    saving = [each for each in named if each.is_file() and _saves(each)]
    pyfunc = [each for each in saving if _saves(each, "pyfunc")]
    # Beside a file of dependencies, a script of another flavor says less than that file does.
    others = [] if needs_in(path) is not None else saving
    return next(iter(pyfunc or others), None)


def _saves(path: Path, module: str = "mlflow") -> bool:
    text = path.read_text(encoding="utf-8", errors="replace")
    return module in text and any(name in text for name in _TEXTS)
