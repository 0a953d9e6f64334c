"""The kept environments as one kind of thing in the cache."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpack.environments.kept import COMPLETE, site_packages
from mlpack.environments.records import damaged
from mlpack.store.claims import remove_unclaimed
from mlpack.store.shelves import Kept, remove


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentShelf:
    """Environments below a cache folder."""

    cache: Path
    name: str = "environments"

    def items(self) -> Iterator[Kept]:
        """Yield each environment, half-made ones too."""
        for prefix in sorted((self.cache / "environments").glob("*")):
            if prefix.is_dir():
                mark = prefix / COMPLETE
                with contextlib.suppress(FileNotFoundError):
                    used = (mark if mark.exists() else prefix).stat().st_mtime
                    yield Kept(path=prefix, last_used=used)

    def drop(self, item: Kept) -> bool:
        """Remove an environment, unless a process is just making, checking or using it."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(item.path.with_suffix(".lock"), blocking=False):
                return remove_unclaimed(item.path, _remove)
        except Timeout:
            return False

    def damaged(self) -> Iterator[Path]:
        """Hold each environment to its RECORDs; drop and yield those that differ."""
        for item in self.items():
            if damaged(site_packages(item.path)) and self.drop(item):
                yield item.path


def _remove(prefix: Path) -> None:
    # First of all it must not count as complete any more.
    (prefix / COMPLETE).unlink(missing_ok=True)
    remove(prefix)
