"""Noticing that files were changed, without reading them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

States = Mapping[str, tuple[int, int, int]]


def file_states(root: Path) -> dict[str, tuple[int, int, int]]:
    """Return size, modification time (ns) and inode of each file below ``root``, by path."""
    states = {}
    for folder, _, files in os.walk(root):
        inside = Path(folder).relative_to(root).as_posix()
        for name in files:
            # Of many files, making a Path of each takes longer than asking for its state.
            found = os.lstat(f"{folder}{os.sep}{name}")
            path = name if inside == "." else f"{inside}/{name}"
            states[path] = (found.st_size, found.st_mtime_ns, found.st_ino)
    return states


def changed_files(before: States, after: States) -> list[str]:
    """Return the paths that were added, removed or changed, sorted."""
    return sorted(
        path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
    )
