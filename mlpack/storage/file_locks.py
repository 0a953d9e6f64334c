"""Advisory locks: one process at a time on a path, and folders of a running process."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.core.digest import sha256_bytes
from mlpack.core.errors import OutsideError

if TYPE_CHECKING:
    from filelock import BaseFileLock


@contextmanager
def exclusive(
    target: Path, locks: Path, *, waiting: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the lock of ``target``, whose file lies in ``locks``; say so once when it must wait."""
    from filelock import Timeout

    lock = lock_of(target, locks)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        if waiting is not None:
            waiting(f"another process is writing {target}; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def lock_of(target: Path, locks: Path) -> BaseFileLock:
    """Return the lock of ``target``, not held yet."""
    from filelock import FileLock

    try:
        locks.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(
            f"cannot create {locks}: {error.strerror}",
            hint="set MLPACK_CACHE_DIR to a writable folder",
        ) from error
    # Named by the target, and kept out of the user's folders.
    name = sha256_bytes(bytes(target.parent.resolve() / target.name)).removeprefix("sha256:")
    return FileLock(locks / f"{name[:32]}.lock")


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
