"""Files and folders that appear whole or not at all, and outlive a power cut."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from mlpack.core.errors import OutsideError

# A journal takes many requests at once: one after another, each would wait for a write of its own.
_AT_ONCE = 16
# From here on it is quicker to have the whole file system written, whoever else wrote to it.
_MANY = 500


def sync_tree(root: Path) -> None:
    """Bring the files and folders below ``root`` to the disk itself. Raises ``OSError``."""
    paths = _tree(root)
    if len(paths) >= _MANY and _sync_file_system(root):
        return
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(paths))) as pool:
        list(pool.map(sync, paths))


def sync(path: Path) -> None:
    """Bring one file, or the names in one folder, to the disk itself. Raises ``OSError``."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tree(root: Path) -> Sequence[Path]:
    found: list[Path] = []
    for folder, _, names in os.walk(root):
        found += (Path(folder, name) for name in names)
        found.append(Path(folder))
    return found


def _sync_file_system(path: Path) -> bool:
    """Sync the file system that ``path`` is on; ``False`` where there is no such call."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if sys.platform != "linux" or call is None:
        return False
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if call(descriptor) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
    return True


_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new one, never a part."""
    with writing_whole(path) as file:
        file.write(content)


@contextmanager
def writing_whole(path: Path) -> Iterator[IO[bytes]]:
    """Yield a file that becomes ``path`` when the block is done, and vanishes when it raises."""
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutsideError(f"cannot write {path}: {error.strerror}") from error


def place_folder(
    staged: Path, target: Path, remove: Callable[[Path], None] = shutil.rmtree
) -> None:
    """Move a finished folder to ``target``; an older one there is swapped out, then removed.

    Both lie on one file system. Where the system can swap two names in one step, no reader ever
    finds ``target`` missing; elsewhere the old folder steps aside first.
    """
    try:
        sync_tree(staged)
        if not target.exists():
            staged.rename(target)
        elif _exchange(staged, target):
            remove(staged)
        else:
            aside = staged.with_name(f"{staged.name}.old")
            target.rename(aside)
            staged.rename(target)
            remove(aside)
        # A rename is only durable once the folder that holds the name is.
        sync(target.parent)
    except OSError as error:
        raise OutsideError(f"cannot replace {target}: {error.strerror}") from error


def _exchange(first: Path, second: Path) -> bool:
    """Swap two names in one step; ``False`` where the system cannot."""
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    status = rename(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    return bool(status == 0)
