"""What is done with the cache: look at it, make it smaller, check it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.report import CacheReport
from mlpack.workspace.cache import cache_root

if TYPE_CHECKING:
    from mlpack.store.shelves import Shelf

_DAY = 86_400.0
# Each can be made again from what it was made from.
_FOLDERS = {
    "index answers": "indexes",
    "build notes": "builds",
    "proofs": "proofs",
    "answers": "answers",
    "logs": "logs",
    "times of steps": "steps",
    "folder lists": "cas/trees",
}


def cache_dir() -> Path:
    """Return the cache folder: ``MLPACK_CACHE_DIR``, or the platform's for mlpack."""
    return cache_root()


def cache_size() -> CacheReport:
    """Weigh what the cache holds."""
    from mlpack.workflow.caching import measure

    return measure(cache_root(), _shelves(cache_root()))


def prune_cache(*, days: float = 30, everything: bool = False) -> CacheReport:
    """Drop what was not used for ``days``, or everything; return what it was.

    Packages are never touched. Locks stay: another process may hold one.
    """
    from mlpack.store import DigestMemory
    from mlpack.workflow.caching import prune

    cache = cache_root()
    # A clock that was set back must not save anything.
    before = time.time() + (36_500 if everything else -days) * _DAY
    return prune(cache, _shelves(cache), DigestMemory(cache), before=before)


def verify_cache() -> CacheReport:
    """Read all that the cache holds; drop what is damaged, then raise ``IntegrityError``."""
    from mlpack.workflow.caching import check

    return check(cache_root(), _shelves(cache_root()))


def _shelves(cache: Path) -> Sequence[Shelf]:
    from mlpack.environments import EnvironmentShelf
    from mlpack.sources import DownloadShelf
    from mlpack.store import Store
    from mlpack.store.shelves import BlobShelf, FolderShelf

    small = [FolderShelf(name=name, folder=cache / folder) for name, folder in _FOLDERS.items()]
    large: list[Shelf] = [BlobShelf(store=Store(cache)), EnvironmentShelf(cache=cache)]
    return [*large, DownloadShelf(cache=cache), *small]
