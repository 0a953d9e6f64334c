"""Putting files into a package that is being made."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from mlpack.core.errors import OutsideError
from mlpack.package.code import CodeFile

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def stage_code(files: Iterable[CodeFile], destination: Path) -> tuple[Path, ...]:
    """Copy code files below ``destination``; return the top-level paths, sorted."""
    tops: set[Path] = set()
    for file in files:
        copy_file(file.source, destination / file.target)
        tops.add(destination / file.target.parts[0])
    return tuple(sorted(tops))


def copy_content(source: Path, destination: Path) -> int:
    """Copy a file or a folder, links followed; return the bytes copied."""
    if source.is_file():
        return copy_file(source, destination)
    make_folder(destination)
    try:
        children = sorted(source.iterdir())
    except OSError as error:
        raise _unreadable(source, error) from error
    return sum(copy_content(child, destination / child.name) for child in children)


def copy_file(source: Path, destination: Path) -> int:
    """Copy one file's bytes, neither mode nor times; return how many."""
    make_folder(destination.parent)
    try:
        shutil.copyfile(source, destination)
        return destination.stat().st_size
    except OSError as error:
        raise _unreadable(source, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and its parents."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot create {path}: {error.strerror}") from error


def settle_modes(package: Path) -> None:
    """Give files 0644 and folders 0755, whatever the umask was."""
    _settle(package, _FOLDER_MODE)
    for folder, names, files in os.walk(package):
        for name in names:
            _settle(f"{folder}{os.sep}{name}", _FOLDER_MODE)
        for name in files:
            _settle(f"{folder}{os.sep}{name}", _FILE_MODE)


def _settle(path: str | Path, mode: int) -> None:
    # Only where it differs: a needless chmod of a hardlink would touch what shares its inode.
    if stat.S_IMODE(os.lstat(path).st_mode) != mode:
        Path(path).chmod(mode)


def _unreadable(source: Path, error: OSError) -> OutsideError:
    return OutsideError(
        f"cannot copy {source}: {error.strerror}",
        hint="check that the file still exists and that the disk has free space",
    )
