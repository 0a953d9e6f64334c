"""The story of the cache: what it holds, what of it is old, and whether it is whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlpack.core.errors import IntegrityError
from mlpack.ports.report import CacheReport, ShelfReport
from mlpack.storage.digests import DigestMemory
from mlpack.storage.inventory import Kept, Shelf, Weight, weight_of


def measure(cache: Path, shelves: Sequence[Shelf]) -> CacheReport:
    """Weigh everything that the cache holds, kind by kind."""
    return CacheReport(
        cache=cache,
        shelves=tuple(_report(shelf, list(shelf.items())) for shelf in shelves),
    )


def prune(
    cache: Path, shelves: Sequence[Shelf], memory: DigestMemory, *, before: float
) -> CacheReport:
    """Drop what nobody has used since ``before`` (seconds since the epoch); return what it was."""
    dropped = tuple(_prune(shelf, before) for shelf in shelves)
    memory.forget(before=before)
    return CacheReport(cache=cache, shelves=dropped)


def check(cache: Path, shelves: Sequence[Shelf]) -> CacheReport:
    """Read everything. Raises ``IntegrityError`` naming what was damaged, and is dropped now."""
    damaged = [path for shelf in shelves for path in shelf.damaged()]
    if damaged:
        count = "1 entry" if len(damaged) == 1 else f"{len(damaged)} entries"
        raise IntegrityError(
            f"removed damaged content from the cache: {count}",
            details="\n".join(str(path) for path in damaged),
            hint="no action needed: they are downloaded or created again when needed",
        )
    return measure(cache, shelves)


def _prune(shelf: Shelf, before: float) -> ShelfReport:
    weight = Weight()
    count = 0
    for item in list(shelf.items()):
        if item.last_used < before:
            found = weight_of(item.path)
            if shelf.drop(item):
                weight += found
                count += 1
    return ShelfReport(name=shelf.name, count=count, size=weight.size, own=weight.own)


def _report(shelf: Shelf, items: Sequence[Kept]) -> ShelfReport:
    weight = sum((weight_of(item.path) for item in items), Weight())
    return ShelfReport(name=shelf.name, count=len(items), size=weight.size, own=weight.own)
