"""What `doctor` looks at on this machine, put together."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path

from mlpack.diagnosis import (
    IndexCheck,
    check_cache,
    check_clock,
    check_disk,
    check_gpu,
    check_interpreters,
    check_uv,
)
from mlpack.environments import UvEnvironments
from mlpack.errors import OutsideError
from mlpack.manifest.model import Manifest
from mlpack.report import Fact
from mlpack.uv import Locations, Uv, find_uv
from mlpack.workflow.doctoring import Examination, Examinations
from mlpack.workspace.cache import cache_root


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
            partial(check_interpreters, uv, pythons),
            *_machine(cache, manifest),
        ),
        network=(partial(_network, uv, manifest, offline),),
        kept_at=UvEnvironments(uv=uv, cache=cache).kept_at,
    )


def _machine(cache: Path, manifest: Manifest | None) -> tuple[Examination, ...]:
    places = [cache, Path(tempfile.gettempdir()), manifest.root if manifest else Path.cwd()]
    return (
        lambda: [check_cache(cache)],
        partial(check_disk, places),
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
