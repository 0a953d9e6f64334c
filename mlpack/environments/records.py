"""Whether installed files are still the ones that their RECORD promises."""

from __future__ import annotations

import base64
import csv
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from mlpack.digest import file_contents
from mlpack.errors import OutsideError

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
