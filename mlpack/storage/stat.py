"""What the file system says of files: enough to notice any change without reading one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from mlpack.core.errors import OutsideError

# File systems stamp files by the kernel's tick (10 ms at the most), some by the second or two.
_TICK = 20_000_000
_COARSE_TICK = 2_100_000_000
_COARSE = 1_000_000


def is_settled(newest: int, now: int) -> bool:
    """Tell whether a file system's clock has moved on since its stamp ``newest`` (both in ns)."""
    return newest + (_COARSE_TICK if newest % _COARSE == 0 else _TICK) < now


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
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


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


States = Mapping[str, tuple[int, int, int]]


def file_states(root: Path) -> dict[str, tuple[int, int, int]]:
    """Return size, modification time (ns) and inode of each file below ``root``, by path."""
    states = {}
    for folder, _, files in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        for name in files:
            # Of many files, making a Path of each takes longer than asking for its state.
            path = name if inside == "." else f"{inside}/{name}"
            states[path] = as_state(os.lstat(f"{folder}{os.sep}{name}")).content
    return states


def changed_files(before: States, after: States) -> list[str]:
    """Return the paths that were added, removed or changed, sorted."""
    return sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )


def kept_answer(cache: str, question: Iterable[str]) -> str | None:
    """Return the answer kept for ``question``, unless a path that it depends on has moved."""
    try:
        with open(_place(cache, question), encoding="utf-8") as file:  # noqa: PTH123 - in a hurry
            kept = json.load(file)
        for path, stamp in kept["paths"].items():
            if _stamp(path) != stamp:
                return None
        return str(kept["answer"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_answer(
    cache: str,
    question: Iterable[str],
    answer: str,
    paths: Iterable[str | os.PathLike[str]],
    *,
    begun: int,
) -> None:
    """Keep an answer that holds as long as ``paths``, files and folders, stay as they are.

    ``begun`` (ns) is when the answer was first looked for: not kept where a path moved since.
    """
    from pathlib import Path

    from mlpack.storage.atomic import write_whole

    stamps = {path: _stamp(path) for path in sorted({os.fspath(path) for path in paths})}
    if not all(is_settled(max(stamp[1], stamp[3]), begun) for stamp in stamps.values()):
        return
    place = Path(_place(cache, question))
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, json.dumps({"answer": answer, "paths": stamps}).encode())


def tree_paths(roots: Iterable[str | os.PathLike[str]]) -> set[str]:
    """Return files and folders, with all that lies below the folders."""
    found: set[str] = set()
    for path in roots:
        root = os.fspath(path)
        found.add(root)
        for folder, _, files in os.walk(root):
            found.add(folder)
            found.update(os.path.join(folder, name) for name in files)  # noqa: PTH118
    return found


def _stamp(path: str) -> list[int]:
    return list(as_state(os.stat(path)))  # noqa: PTH116


def _place(cache: str, question: Iterable[str]) -> str:
    name = sha256("\0".join(question).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return os.path.join(cache, "answers", f"{name}.json")  # noqa: PTH118
