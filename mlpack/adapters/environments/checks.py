"""Whether an environment's files are still the ones that were installed."""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlpack.core.digest import file_contents
from mlpack.core.errors import OutsideError
from mlpack.storage.stat import as_state, is_settled, now

_MADE_BY_UV = {"_virtualenv.py", "_virtualenv.pth"}


def damaged(site: Path) -> list[str]:
    """Return what differs from the RECORDs in a ``site-packages`` folder, by relative path."""
    site = site.resolve()
    promised: list[tuple[str, str, str]] = []
    claimed: set[str] = set()
    for record in sorted(site.glob("*.dist-info/RECORD")):
        for name, hash_, _ in csv.reader(record.read_text(encoding="utf-8").splitlines()):
            path = os.path.normpath(f"{site}{os.sep}{name}")
            claimed.add(path)
            if hash_.startswith("sha256="):
                promised.append((path, name, hash_[7:]))
    return _changed(promised) + _unclaimed(site, claimed)


def _changed(promised: Sequence[tuple[str, str, str]]) -> list[str]:
    there = [path for path in dict.fromkeys(path for path, _, _ in promised) if _is_file(path)]
    found = dict(zip(there, _contents([Path(path) for path in there]), strict=True))
    return [name for path, name, hash_ in promised if found.get(path) != hash_]


def _is_file(path: str) -> bool:
    # A link leads to a file that is not this environment's own.
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _contents(paths: Sequence[Path]) -> list[str | None]:
    """Return the hash of each file as a RECORD writes it, ``None`` for one that is unreadable."""
    try:
        return [_as_recorded(content.digest) for content in file_contents(paths)]
    except OutsideError:
        if len(paths) == 1:
            return [None]
        return [_contents([path])[0] for path in paths]


def _unclaimed(site: Path, claimed: set[str]) -> list[str]:
    wrong = []
    for folder, folders, names in os.walk(site):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(names):
            path = os.path.join(folder, name)  # noqa: PTH118 - ten thousand of them
            if path in claimed or name in ("RECORD", "uv_cache.json"):
                continue
            inside = Path(path).relative_to(site)
            if inside.parts[0] not in _MADE_BY_UV:
                wrong.append(str(inside))
    return wrong


def _as_recorded(digest: str) -> str:
    content = bytes.fromhex(digest.removeprefix("sha256:"))
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


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
        found = as_state(entry.stat(follow_symlinks=False))
        digest.update(b"%s\0%d %d %d %d\n" % (os.fsencode(entry.path), *found))
        newest = max(newest, found.mtime, found.ctime)
    return TreeState(digest=digest.hexdigest(), newest=newest)


def _files(folder: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        if not entry.is_dir(follow_symlinks=False):
            yield entry
        elif entry.name != "__pycache__":
            yield from _files(entry.path)
