"""A project's files and folders: whether they exist, and what is below them, links followed."""

# ruff: noqa: PTH112, PTH113

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from mlpack.core.errors import ManifestError, OutsideError

Kind = Literal["file", "folder", "outside", "nothing", "loop", "special"]
WRONG = {
    "outside": "points outside the project through a symbolic link",
    "nothing": "is a broken symbolic link",
    "loop": "is a symbolic link that points back to itself",
    "special": "is neither a file nor a folder",
}
HINTS = {
    "outside": "Copy its target into the project.",
    "nothing": "Fix the link, or remove it.",
    "loop": "Remove the link.",
    "special": "Remove it, or list the files and folders that the model reads.",
}


class Entry(NamedTuple):
    """What a path leads to; ``file`` and ``folder`` can be packed, nothing else can."""

    path: Path
    kind: Kind


def entries(root: Path, project: Path) -> Iterator[Entry]:
    """Yield everything below the folder ``root`` of ``project``, in the order of names.

    A link out of the project, to nothing or to a folder above it is yielded and not entered.
    Raises ``OSError`` for a folder that cannot be read.
    """
    return _below(str(root), (os.path.realpath(root),), os.path.realpath(project))


def project_files(project: Path) -> Callable[[Path], Iterator[Path]]:
    """Return what lists the files below a folder of ``project``, refusing what cannot be packed."""
    return partial(_files, project=project)


def folders(root: Path, project: Path) -> Iterator[Path]:
    """Yield ``root`` and every folder below it."""
    yield root
    yield from (entry.path for entry in entries(root, project) if entry.kind == "folder")


def _files(root: Path, project: Path) -> Iterator[Path]:
    try:
        for path, kind in entries(root, project):
            if kind == "file":
                yield path
            elif kind != "folder":
                shown = path.relative_to(project).as_posix()
                raise ManifestError(f"`{shown}` {WRONG[kind]}", hint=HINTS[kind])
    except OSError as error:
        raise OutsideError(f"cannot read {error.filename}: {error.strerror}") from error


def _below(folder: str, above: tuple[str, ...], project: str) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        children = sorted(found, key=lambda entry: entry.name)
    for child in children:
        real = f"{above[-1]}/{child.name}"
        kind = _plain(child)
        if child.is_symlink():
            real = os.path.realpath(child.path)
            kind = _led(child.path, real, above, project)
        yield Entry(Path(child.path), kind)
        if kind == "folder":
            yield from _below(child.path, (*above, real), project)


def _plain(entry: os.DirEntry[str]) -> Kind:
    # What a folder's own entry tells: asking for each file's mode takes as long as all else.
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "special"


def _led(path: str, real: str, above: tuple[str, ...], project: str) -> Kind:
    """Return what a link leads to."""
    if not (real == project or real.startswith(f"{project}/")):
        return "outside"
    try:
        os.stat(path)  # noqa: PTH116
    except OSError as error:
        return "loop" if error.errno == errno.ELOOP else "nothing"
    if any(each == real or each.startswith(f"{real}/") for each in above):
        return "loop"
    if os.path.isdir(real):
        return "folder"
    return "file" if os.path.isfile(real) else "special"


def is_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether ``path`` leads to a file."""
    return os.path.isfile(path)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Tell whether ``path`` leads to a folder."""
    return os.path.isdir(path)
