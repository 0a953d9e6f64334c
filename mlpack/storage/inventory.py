"""What a cache folder holds, kind by kind: when each thing was used last, and how to drop it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mlpack.storage.blobs import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One thing in the cache; ``last_used`` is in seconds since the epoch."""

    path: Path
    last_used: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """Bytes of files: all of them, and those that have no other name elsewhere."""

    size: int = 0
    own: int = 0

    def __add__(self, other: Weight) -> Weight:
        return Weight(size=self.size + other.size, own=self.own + other.own)


class Shelf(Protocol):
    """One kind of thing that a cache holds."""

    @property
    def name(self) -> str:
        """What the things are, in the plural."""

    def items(self) -> Iterator[Kept]:
        """Yield what is there."""

    def drop(self, item: Kept) -> bool:
        """Remove one; ``False`` where another process is at work on it."""

    def damaged(self) -> Iterator[Path]:
        """Read everything, drop what is not what it should be, and yield it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderShelf:
    """Small files below a folder, each of which can be made again."""

    name: str
    folder: Path

    def items(self) -> Iterator[Kept]:
        """Yield each file; it was used last when it was written."""
        for folder, _, names in os.walk(self.folder):
            for name in sorted(names):
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    yield Kept(path=path, last_used=path.lstat().st_mtime)

    def drop(self, item: Kept) -> bool:
        """Remove a file."""
        item.path.unlink(missing_ok=True)
        return True

    def damaged(self) -> Iterator[Path]:
        """Yield nothing: whoever reads these files checks them."""
        yield from ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobShelf:
    """The blobs of a store. Packages that share one with it keep theirs when it is dropped."""

    store: Store
    name: str = "artifacts"

    def items(self) -> Iterator[Kept]:
        """Yield each blob."""
        for path in self.store.blobs():
            with contextlib.suppress(FileNotFoundError):
                used = self.store.memory.last_used(path) or path.stat().st_mtime
                yield Kept(path=path, last_used=used)

    def drop(self, item: Kept) -> bool:
        """Remove a blob's name in the store."""
        self.store.drop(item.path)
        return True

    def damaged(self) -> Iterator[Path]:
        """Hash each blob; drop and yield those that are not what their names say."""
        yield from self.store.check()


def weight_of(path: Path) -> Weight:
    """Return what a file or a folder weighs; a file with several names in it counts once."""
    total = Weight()
    seen: set[int] = set()
    for file in _files(path):
        with contextlib.suppress(FileNotFoundError):
            found = file.lstat()
            if found.st_ino not in seen:
                seen.add(found.st_ino)
                own = found.st_size if found.st_nlink < 2 else 0
                total += Weight(size=found.st_size, own=own)
    return total


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is still there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir() or path.is_symlink():
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)
