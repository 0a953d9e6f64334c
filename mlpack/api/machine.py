"""Look at this machine: the cache, and whether what a build needs is there."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.adapters.environments import UvEnvironments
from mlpack.adapters.machine import (
    IndexCheck,
    check_cache,
    check_clock,
    check_disk,
    check_gpu,
    check_interpreters,
    check_package_cache,
    check_temporary,
    check_uv,
)
from mlpack.adapters.uv import Locations, Uv, find_uv
from mlpack.core.errors import OutsideError
from mlpack.manifest.model import Manifest
from mlpack.ports.report import CacheReport, DoctorReport, Fact
from mlpack.storage.cache import cache_root
from mlpack.workflow.doctor import Examination, Examinations

if TYPE_CHECKING:
    from mlpack.storage.inventory import Shelf


_DAY = 86_400.0
# Each can be made again from what it was made from.
_FOLDERS = {
    "index responses": "indexes",
    "build notes": "builds",
    "proofs": "proofs",
    "answers": "answers",
    "logs": "logs",
    "step timings": "steps",
    "folder listings": "cas/trees",
    "pulled packages": "pulled",
}


def cache_dir() -> Path:
    """Return the cache folder: ``MLPACK_CACHE_DIR``, or the platform's for mlpack."""
    return cache_root()


def cache_size() -> CacheReport:
    """Weigh what the cache holds."""
    from mlpack.workflow.cache import measure

    return measure(cache_root(), _shelves(cache_root()))


def prune_cache(*, days: float = 30, everything: bool = False) -> CacheReport:
    """Drop what was not used for ``days``, or everything; return what it was.

    Packages are never touched. Locks stay: another process may hold one.
    """
    from mlpack.storage.digests import DigestMemory
    from mlpack.workflow.cache import prune

    cache = cache_root()
    # A clock that was set back must not save anything.
    before = time.time() + (36_500 if everything else -days) * _DAY
    return prune(cache, _shelves(cache), DigestMemory(cache), before=before)


def verify_cache() -> CacheReport:
    """Read all that the cache holds; drop what is damaged, then raise ``IntegrityError``."""
    from mlpack.workflow.cache import check

    return check(cache_root(), _shelves(cache_root()))


def _shelves(cache: Path) -> Sequence[Shelf]:
    from mlpack.adapters.environments import EnvironmentShelf, PackageShelf
    from mlpack.adapters.sources import DownloadShelf
    from mlpack.storage.blobs import Store
    from mlpack.storage.inventory import BlobShelf, FolderShelf

    small = [FolderShelf(name=name, folder=cache / folder) for name, folder in _FOLDERS.items()]
    large: list[Shelf] = [BlobShelf(store=Store(cache)), EnvironmentShelf(cache=cache)]
    return [*large, DownloadShelf(cache=cache), PackageShelf(cache=cache), *small]


def doctor(manifest: Manifest | None = None, *, offline: bool = False) -> DoctorReport:
    """Look at what a build needs of this machine; what is missing is a fact, no exception."""
    from mlpack.workflow.doctor import doctor as tell

    return tell(manifest, examinations(manifest, offline=offline))


def examinations(manifest: Manifest | None, *, offline: bool) -> Examinations:
    """Return what to look at; without uv, what can be looked at without it."""
    cache = cache_root()
    try:
        uv = find_uv()
    except OutsideError as error:
        missing = Fact(
            subject="uv", text=error.message, severity="error", code="no-uv", hint=error.hint
        )
        return Examinations(
            machine=(lambda: [missing], *_machine(cache, manifest)),
            network=(),
            kept_at=lambda _: None,
        )
    return _with_uv(uv, cache, manifest, offline=offline)


def _with_uv(uv: Uv, cache: Path, manifest: Manifest | None, *, offline: bool) -> Examinations:
    pythons = [variant.python for variant in manifest.variants] if manifest else []
    return Examinations(
        machine=(
            lambda: [check_uv(uv)],
            partial(check_package_cache, uv, cache),
            partial(check_interpreters, uv, pythons),
            *_machine(cache, manifest),
        ),
        network=(partial(_network, uv, manifest, offline),),
        kept_at=UvEnvironments(uv=uv, cache=cache).kept_at,
    )


def _machine(cache: Path, manifest: Manifest | None) -> tuple[Examination, ...]:
    def disks() -> Iterable[Fact]:
        with contextlib.suppress(OSError):
            places.append(Path(tempfile.gettempdir()))
        return check_disk([*places, manifest.root if manifest else Path.cwd()])

    places = [cache]
    return (
        lambda: [check_cache(cache)],
        check_temporary,
        disks,
        lambda: [check_gpu(os.environ)],
    )


def _network(uv: Uv, manifest: Manifest | None, offline: bool) -> list[Fact]:
    python, locations = "3.11", Locations()
    if manifest is not None:
        python = manifest.variants[0].python
        asked = manifest.variants[0].dependencies
        locations = Locations(
            index_url=asked.index_url,
            extra_index_urls=asked.extra_index_urls,
        )
    found = IndexCheck.ask(uv, locations, python=python, offline=offline)
    return [found.fact, check_clock(found.url)]
