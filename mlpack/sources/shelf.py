"""Downloads that never came to their end, as one kind of thing in the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpack.store.shelves import Kept, remove
from mlpack.workspace.exclusive import lock_of

DOWNLOADS = Path("cas", "downloads")
"""Where downloads on their way lie below a cache folder: on the store's file system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadShelf:
    """Unfinished downloads below a cache folder; each is dropped as a whole."""

    cache: Path
    name: str = "unfinished downloads"

    def items(self) -> Iterator[Kept]:
        """Yield each; it was used last when something arrived."""
        for folder in sorted((self.cache / DOWNLOADS).glob("*")):
            with contextlib.suppress(FileNotFoundError):
                times = [path.lstat().st_mtime for path in (folder, *folder.rglob("*"))]
                yield Kept(path=folder, last_used=max(times))

    def drop(self, item: Kept) -> bool:
        """Remove one, unless a process is just downloading it."""
        from filelock import Timeout

        try:
            with lock_of(item.path, self.cache / "locks").acquire(blocking=False):
                remove(item.path)
        except Timeout:
            return False
        return True

    def damaged(self) -> Iterator[Path]:
        """Yield nothing: a download is checked when it has come to its end."""
        yield from ()
