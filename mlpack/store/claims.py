"""Folders that a process works in, and that others may remove once it is gone."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path


def new_folder(parent: Path) -> tuple[Path, int]:
    """Make a folder that this process claims until it closes the descriptor, or ends."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=parent))
        held = claim(folder)
        # Else a sweeping process was quicker than the claim.
        if held is not None:
            return folder, held


def sweep(parent: Path) -> None:
    """Remove the folders below ``parent`` that no living process claims."""
    for folder in parent.iterdir():
        remove_unclaimed(folder, lambda path: shutil.rmtree(path, ignore_errors=True))


def remove_unclaimed(folder: Path, remove: Callable[[Path], None]) -> bool:
    """Remove a folder by ``remove`` unless a process claims or shares it; tell whether it went."""
    held = claim(folder)
    if held is None:
        return False
    try:
        remove(folder)
    finally:
        os.close(held)
    return True


def claim(folder: Path) -> int | None:
    """Claim a folder; ``None`` where another process has it, or has removed it."""
    try:
        held = os.open(folder, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if folder.stat().st_ino == os.fstat(held).st_ino:
            return held
    except OSError:
        # Claimed by another, or gone.
        pass
    os.close(held)
    return None


class Shared:
    """A folder that several processes use; ``claim`` fails while one of them has such an object."""

    def __init__(self, folder: Path) -> None:
        held = os.open(folder, os.O_RDONLY)
        weakref.finalize(self, os.close, held)
        # Some file systems know no locks: there it is as if nobody used it.
        with contextlib.suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
