"""The real outside: which implementation stands behind each port."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from mlpack.core.errors import Problem, UsageError
from mlpack.ports import Narrator
from mlpack.ports.outside import Outside
from mlpack.storage.blobs import Store
from mlpack.storage.cache import cache_root
from mlpack.storage.digests import DigestMemory

_STYLES = re.compile(r"\x1b\[[0-9;]*m")


class Silence:
    """A narrator that says nothing."""

    def named(self, name: str) -> Silence:
        """Return itself."""
        return self

    def step(self, text: str) -> None:
        """Ignore it."""

    def done(self, text: str) -> None:
        """Ignore it."""

    def failed(self) -> None:
        """Ignore it."""

    def progress(self, done: int, total: int | None = None) -> None:
        """Ignore it."""

    def output(self, name: str, text: str) -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def warn(self, problem: Problem) -> None:
        """Ignore it."""


def narrator(write: Callable[[str], object] | None = None) -> Narrator:
    """Return a narrator of plain lines, written to standard error unless told where else."""
    from mlpack.render.narration import LineNarrator

    def plain(text: str) -> None:
        # Looked up late: notebooks replace the stream for each cell.
        (write or sys.stderr.write)(_STYLES.sub("", text))

    return LineNarrator(write=plain)


def outside_world(
    narrator: Narrator | None = None, *, paranoid: bool = False, offline: bool = False
) -> Outside:
    """Compose the real outside: uv, kept environments, the worker, this machine's clock.

    ``paranoid`` trusts no remembered digest and reads every file; ``offline`` downloads no
    artifact.
    """
    from mlpack.adapters import environments as made
    from mlpack.adapters.git import git_revision
    from mlpack.adapters.models import WorkerModels
    from mlpack.adapters.publishers import MlflowPublisher, Places
    from mlpack.adapters.resolving import SharingResolver, UvResolver, UvWheels
    from mlpack.adapters.sources import RemoteSources
    from mlpack.adapters.uv import find_uv
    from mlpack.storage.cache import log_folder

    cache = cache_root()
    memory = DigestMemory(cache, paranoid=paranoid)
    logs = log_folder(cache)
    uv = replace(find_uv(), logs=logs)
    environments = made.UvEnvironments(uv=uv, cache=cache, paranoid=paranoid)
    resolver = SharingResolver(resolver=UvResolver(uv=uv, environments=environments, cache=cache))
    models = WorkerModels(logs=logs, heard=(narrator or Silence()).output)
    registry = MlflowPublisher(
        environ=os.environ, resolver=resolver, environments=environments, models=models
    )
    return Outside(
        resolver=resolver,
        environments=environments,
        pip_environments=made.PipEnvironments(uv=uv),
        packages=made.UvPackages(uv=uv, cache=cache),
        wheels=UvWheels(uv=uv),
        current_environment=made.current_environment,
        models=models,
        narrator=narrator or Silence(),
        cache=cache,
        memory=memory,
        store=Store(cache, memory),
        clock=time.monotonic,
        revision=git_revision,
        publishers=Places(environ=os.environ, mlflow=registry),
        build_time=source_date_epoch(),
        sources=None if offline else RemoteSources(),
    )


def source_date_epoch() -> int | None:
    """Return ``SOURCE_DATE_EPOCH``, seconds since the epoch, or ``None`` where it is not set."""
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    if stated is None:
        return None
    # Eleven digits reach into the year 5138, and MLflow writes years of four digits.
    if not (stated.isascii() and stated.isdigit() and len(stated) <= 11):
        raise UsageError(
            f"SOURCE_DATE_EPOCH is {stated!r}, not an integer number of seconds",
            hint="set it to seconds since 1970, such as 1700000000, or unset it",
        )
    return int(stated)
