"""Several new files in a folder that may hold others: all of them appear, or none."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from mlpack.core.errors import OutsideError
from mlpack.storage.atomic import place_folder, sync_tree
from mlpack.storage.staging import staging

Files = Mapping[PurePosixPath, bytes | Path]
"""Path in the project → its content, or a file to copy."""

_HINT = "choose another folder, or fix its permissions"


def plant(root: Path, files: Files, locks: Path, *, waiting: Callable[[str], None]) -> None:
    """Write ``files`` below ``root``, the last of them last; what they replace is gone then.

    A folder that is not there yet appears by one rename. In one that is, each file is renamed
    into its place, and an error or an interruption puts back what was there before.
    """
    made = [folder for folder in (root, *root.parents) if not folder.exists()]
    target = root if made else root / list(files)[-1]
    try:
        with staging(target, locks, waiting=waiting, hint=_HINT) as folder:
            new = folder / "new"
            _write(new, files)
            if made:
                place_folder(new, root)
            else:
                sync_tree(new)
                _Planting(root, new, folder / "old").place(files)
    except OSError as error:
        raise OutsideError(f"cannot write {root}: {error.strerror}", hint=_HINT) from error
    finally:
        # What stays empty was made for nothing.
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _write(root: Path, files: Files) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            (root / path).write_bytes(content)
        else:
            shutil.copyfile(content, root / path)


class _Planting:
    """Moves files from ``new`` into ``root``, those that were there into ``old``."""

    def __init__(self, root: Path, new: Path, old: Path) -> None:
        self._root = root
        self._new = new
        self._old = old
        self._placed: list[PurePosixPath] = []
        self._folders: list[Path] = []

    def place(self, files: Files) -> None:
        try:
            for path in files:
                self._make_folder(self._root / PurePosixPath(path).parent)
                self._placed.append(path)
                self._step_aside(path)
                (self._new / path).rename(self._root / path)
        except BaseException:
            self._undo()
            raise

    def _make_folder(self, folder: Path) -> None:
        if not folder.exists():
            self._make_folder(folder.parent)
            folder.mkdir()
            self._folders.append(folder)

    def _step_aside(self, path: PurePosixPath) -> None:
        # A link is moved as the link that it is.
        if os.path.lexists(self._root / path):
            (self._old / path).parent.mkdir(parents=True, exist_ok=True)
            (self._root / path).rename(self._old / path)

    def _undo(self) -> None:
        for path in reversed(self._placed):
            with suppress(OSError):
                # Still staged: it never came here, and what lies here is the user's.
                if not (self._new / path).exists():
                    (self._root / path).unlink(missing_ok=True)
                if os.path.lexists(self._old / path):
                    (self._old / path).rename(self._root / path)
        for folder in reversed(self._folders):
            with suppress(OSError):
                folder.rmdir()
