"""Bringing what was written to the disk itself, so that it outlives a power cut."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

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
