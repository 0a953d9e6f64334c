"""Whether an environment is as it was when its files were last checked, by their stats alone."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpack.environments.records import damaged
from mlpack.store.states import now
from mlpack.ticks import is_settled

# As long as most file systems' clocks need to move on.
_PATIENCE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeState:
    """The stats of all files below a folder: their digest, and the newest change (ns)."""

    digest: str
    newest: int


def checked(prefix: Path, site: Path, mark: Path, *, paranoid: bool = False) -> list[str]:
    """Return what differs from the RECORDs of an environment, by relative path.

    ``mark``, a file in it, holds the stats of all others as of the last check. While they are the
    same no file is read, unless ``paranoid``; a changed hardlink shows too, by its ctime.
    """
    before = tree_state(prefix, but=mark)
    if not paranoid and mark.read_text(encoding="utf-8") == before.digest:
        return []
    if not is_settled(before.newest, now()):
        time.sleep(_PATIENCE)
    trusted = is_settled(before.newest, now())
    wrong = damaged(site)
    if not wrong and trusted and tree_state(prefix, but=mark) == before:
        mark.write_text(before.digest, encoding="utf-8")
    return wrong


def tree_state(root: Path, *, but: Path) -> TreeState:
    """Read the stats of every file below ``root`` but one; bytecode does not count."""
    digest = hashlib.sha256()
    newest = 0
    for entry in _files(str(root)):
        if entry.path == str(but):
            continue
        found = entry.stat(follow_symlinks=False)
        stats = (found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)
        digest.update(b"%s\0%d %d %d %d\n" % (os.fsencode(entry.path), *stats))
        newest = max(newest, found.st_mtime_ns, found.st_ctime_ns)
    return TreeState(digest=digest.hexdigest(), newest=newest)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif entry.name != "__pycache__":
            yield from _files(entry.path)
