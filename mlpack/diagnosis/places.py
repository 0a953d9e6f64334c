"""Where a build writes: the cache folder, and the disks of cache, project and temporary files."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlpack.report import Fact

ROOM = 1_000_000_000
"""Bytes: a light environment and a package fit in, barely."""
COMFORT = 5_000_000_000
"""Bytes: an environment with a CPU build of PyTorch fits in."""
_PATIENCE = 1.0
"""Seconds to count a cache; a large one takes longer, and nobody waits for that."""


def check_cache(cache: Path) -> Fact:
    """Say where the cache folder is and what it holds, and whether it can be written."""
    hint = "Set MLPACK_CACHE_DIR to a folder that you may write to."
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        text = f"{cache} cannot be written: {error.strerror}"
        return Fact(
            subject="cache", text=text, severity="error", code="cache-unwritable", hint=hint
        )
    size, whole = _size(cache)
    return Fact(subject="cache", text=f"{cache}, {'' if whole else 'more than '}{_shown(size)}")


def check_disk(places: Iterable[Path]) -> Iterator[Fact]:
    """Say how much room there is on each file system that a build writes to."""
    seen: set[int] = set()
    for place in places:
        folder = next((each for each in (place, *place.parents) if each.is_dir()), None)
        if folder is None or (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield _room(folder)


def _room(folder: Path) -> Fact:
    free = shutil.disk_usage(folder).free
    text = f"{_shown(free)} free at {folder}"
    hint = "Make room, or move the cache by MLPACK_CACHE_DIR and temporary files by TMPDIR."
    if free < ROOM:
        return Fact(subject="disk", text=text, severity="error", code="disk-full", hint=hint)
    if free < COMFORT:
        return Fact(subject="disk", text=text, code="disk-low", hint=hint, severity="warning")
    return Fact(subject="disk", text=text)


def _size(folder: Path) -> tuple[int, bool]:
    """Return the bytes of all files below a folder, hard links counted once; whether all."""
    total, seen, started = 0, set(), time.monotonic()
    for here, _, names in os.walk(folder):
        if time.monotonic() - started > _PATIENCE:
            return total, False
        for name in names:
            try:
                found = os.lstat(f"{here}/{name}")
            except OSError:
                continue
            if found.st_nlink == 1 or (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_size
    return total, True


def _shown(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
