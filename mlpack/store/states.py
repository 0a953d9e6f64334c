"""What the file system says of a file: enough to notice any change without reading it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from mlpack.errors import OutsideError
from mlpack.ticks import is_settled


class State(NamedTuple):
    """Size, modification time, inode and change time (both in ns) of a regular file.

    No program can set the change time: whatever touches a file's bytes, name or mode moves it.
    """

    size: int
    mtime: int
    inode: int
    ctime: int

    @property
    def content(self) -> tuple[int, int, int]:
        """The part that a change of names or modes leaves as it is."""
        return self.size, self.mtime, self.inode

    def settled(self, now: int) -> bool:
        """Tell whether any change made after ``now`` (ns) is bound to show in another state.

        A file that is changed twice within one tick of the clock has the same times after both.
        """
        return is_settled(max(self.mtime, self.ctime), now)


def state_of(path: Path) -> State:
    """Return the state of the file that ``path`` leads to, links followed."""
    try:
        return as_state(path.stat())
    except OSError as error:
        raise OutsideError(f"{path} cannot be read: {error.strerror}") from error


def as_state(found: os.stat_result) -> State:
    """Return the part of a stat that tells whether a file has changed."""
    return State(found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def now() -> int:
    """Return this machine's clock in ns, the one that local file systems stamp with."""
    return time.time_ns()


def device_of(path: Path) -> int:
    """Return the file system that ``path`` is on, or would be made on."""
    return existing(path).stat().st_dev


def existing(path: Path) -> Path:
    """Return the nearest folder above ``path``, or ``path`` itself, that is there already."""
    path = path.absolute()
    return next(each for each in (path, *path.parents) if each.exists())
