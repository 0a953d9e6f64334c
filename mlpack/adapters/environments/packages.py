"""Packages into uv's cache, for any platform; what uv keeps there as a part of mlpack's cache."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlpack.adapters.environments.installing import install
from mlpack.adapters.uv import Uv, find_interpreter
from mlpack.core.errors import OutsideError
from mlpack.ports import EnvironmentRequest
from mlpack.storage.cache import MOVE
from mlpack.storage.inventory import Kept, remove


@dataclass(frozen=True, slots=True, kw_only=True)
class UvPackages:
    """Has uv install packages into a folder that is thrown away: they stay in its cache."""

    uv: Uv
    cache: Path
    _done: set[str] = field(default_factory=set)
    """What was fetched already: many models of a repository share one environment."""

    def fetch(
        self, request: EnvironmentRequest, *, platform: str | None = None, offline: bool = False
    ) -> None:
        """Make uv's cache have all that an environment for ``request`` takes, hashes enforced.

        ``platform`` is one of uv's names; ``None`` is this machine. Raises ``IntegrityError``,
        ``DependencyError`` or ``OutsideError``.
        """
        key = f"{platform} {request}"
        if key in self._done:
            return
        found = find_interpreter(self.uv, request.python)
        target = [f"--python-platform={platform}"] if platform else []
        if platform or found is None:
            target.append(f"--python-version={request.python}")
        python = found.path if found else Path(sys.executable)
        with _folder_in(self.cache) as name:
            prefix = Path(name) / "environment"
            self.uv.check("venv", "--python", python, prefix, doing="creating an environment")
            # Links are enough, on whatever file systems the two caches are.
            how = ("--link-mode=symlink", *target)
            install(self.uv, prefix, request, offline=offline, fresh=False, more=how)
        self._done.add(key)


def _folder_in(cache: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        cache.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(
            prefix="fetching-", dir=cache, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise OutsideError(f"cannot write {cache}: {error.strerror}", hint=MOVE) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageShelf:
    """uv's cache, where it is a part of mlpack's; only all of it can be dropped."""

    cache: Path
    name: str = "package caches"

    def items(self) -> Iterator[Kept]:
        """Yield the one folder. uv does not say when it used what."""
        if (self.cache / "uv").is_dir():
            yield Kept(path=self.cache / "uv", last_used=time.time())

    def drop(self, item: Kept) -> bool:
        """Remove the folder; uv makes it again."""
        remove(item.path)
        return True

    def damaged(self) -> Iterator[Path]:
        """Yield nothing: environments are held to their RECORDs, and made afresh if need be."""
        yield from ()
