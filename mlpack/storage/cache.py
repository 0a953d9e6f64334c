"""The cache folder: what mlpack can make again, logs of failed steps, how long steps took."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from mlpack.core.errors import OutsideError


def cache_root() -> Path:
    """Return ``MLPACK_CACHE_DIR``, or the platform's cache folder for mlpack."""
    if chosen := os.environ.get("MLPACK_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    try:
        folder = Path(platformdirs.user_cache_dir("mlpack", appauthor=False))
    except RuntimeError:
        folder = Path()
    if not folder.is_absolute():
        # A container's user without HOME and without an entry in passwd.
        message = "the cache has no default folder, because this user has no home folder"
        raise OutsideError(message, hint=MOVE)
    return folder


def is_noexec(folder: Path) -> bool:
    """Tell whether no program and no library may be loaded from ``folder``'s file system."""
    existing = next((each for each in (folder, *folder.parents) if each.is_dir()), None)
    if existing is None:
        return False
    # Only Linux tells.
    return bool(os.statvfs(existing).f_flag & getattr(os, "ST_NOEXEC", 0))


MOVE = "set MLPACK_CACHE_DIR to a folder that you may write to"


KEPT = 40
"""So many logs; older ones are removed."""


def log_folder(cache: Path) -> Path:
    """Return where logs are kept, the oldest ones of too many removed."""
    folder = cache / "logs"
    with contextlib.suppress(OSError):
        newest = sorted(folder.glob("*.log"), key=os.path.getmtime, reverse=True)
        for path in newest[KEPT:]:
            path.unlink(missing_ok=True)
    return folder


_FOLDER = "steps"
_PROJECTS = 200
"""So many are remembered; those that were built longest ago are forgotten first."""


@dataclass(slots=True, kw_only=True)
class Durations:
    """The times of one project's steps, kept below the cache folder; never part of a package.

    ``project`` is whatever tells it from others. Nothing is raised where the cache fails: an
    estimate is worth no error.
    """

    cache: Path
    project: str
    _known: dict[str, float] | None = None
    _new: dict[str, float] = field(default_factory=dict)

    def expected(self, step: str) -> float | None:
        """Return the seconds that a step took the last time, if it was seen before."""
        if self._known is None:
            self._known = self._read()
        return self._known.get(_key(step))

    def took(self, step: str, seconds: float) -> None:
        """Note the seconds of a step that came to its end."""
        self._new[_key(step)] = round(seconds, 2)

    def keep(self) -> None:
        """Write down what was noted."""
        if not self._new:
            return
        # Another process may have written meanwhile: the newest time of a step is as good as any.
        from mlpack.storage.atomic import write_whole

        known, self._new = {**self._read(), **self._new}, {}
        with contextlib.suppress(OSError, OutsideError):
            self._place.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._place, json.dumps(known, sort_keys=True).encode())
            _forget(self._place.parent)

    @property
    def _place(self) -> Path:
        from hashlib import sha256

        return self.cache / _FOLDER / f"{sha256(self.project.encode()).hexdigest()[:24]}.json"

    def _read(self) -> dict[str, float]:
        try:
            found = json.loads(self._place.read_bytes())
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: value for key, value in found.items() if isinstance(value, int | float)}


def _key(step: str) -> str:
    # One package more is the same step.
    return re.sub(r"\d+(\.\d+)*", "#", step)


def _forget(folder: Path) -> None:
    kept = sorted(folder.glob("*.json"), key=os.path.getmtime, reverse=True)
    for path in kept[_PROJECTS:]:
        path.unlink(missing_ok=True)
