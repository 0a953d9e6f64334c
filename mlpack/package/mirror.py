"""A copy of a project in which its code may run: what it writes or removes is the copy's."""

from __future__ import annotations

import shutil
from fnmatch import fnmatchcase
from pathlib import Path

from mlpack.code.leftout import CACHES, ENVIRONMENTS, VERSION_CONTROL

# Larger files are linked: weights are read, and copying them would take long.
_COPIED = 1 << 20
_LEFT_OUT = CACHES + VERSION_CONTROL + ENVIRONMENTS


def mirror(source: Path, destination: Path) -> None:
    """Copy a folder, large files as links; version control, caches and environments stay out."""
    destination.mkdir(parents=True, exist_ok=True)
    for child in sorted(source.iterdir()):
        target = destination / child.name
        if any(fnmatchcase(child.name, pattern) for pattern in _LEFT_OUT):
            continue
        if child.is_dir() and not child.is_symlink():
            if not (child / "pyvenv.cfg").is_file():
                mirror(child, target)
        elif child.is_file() and child.stat().st_size <= _COPIED:
            shutil.copyfile(child, target)
        elif child.exists():
            target.symlink_to(child.resolve())
