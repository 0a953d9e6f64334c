"""One process at a time on one path."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.digest import sha256_bytes
from mlpack.errors import OutsideError

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
            f"{locks} cannot be made: {error.strerror}",
            hint="set MLPACK_CACHE_DIR to a folder that can be written",
        ) from error
    # Named by the target, and kept out of the user's folders.
    name = sha256_bytes(bytes(target.parent.resolve() / target.name)).removeprefix("sha256:")
    return FileLock(locks / f"{name[:32]}.lock")
