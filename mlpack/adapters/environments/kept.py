"""Environments made by uv and kept by digest, and throwaway ones made by pip."""

from __future__ import annotations

import atexit
import contextlib
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from mlpack.adapters.environments.checks import checked, damaged
from mlpack.adapters.environments.installing import install, install_with_pip, is_hashed
from mlpack.adapters.uv import Uv
from mlpack.adapters.uv.interpreters import Interpreter, find_interpreter, need_interpreter
from mlpack.core.digest import value_digest
from mlpack.core.errors import DependencyError, IntegrityError, OutsideError
from mlpack.lock.requirements import include_this_machine, this_machine
from mlpack.ports import Environment, EnvironmentRequest, Meanwhile
from mlpack.storage.cache import MOVE, is_noexec
from mlpack.storage.file_locks import Shared, remove_unclaimed
from mlpack.storage.inventory import Kept, remove

COMPLETE = "mlpack-complete"
_MADE_AT = "mlpack-made-at"


class _DamagedError(IntegrityError):
    """Installed files are not what their distributions promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UvEnvironments:
    """Keeps one environment for each distinct set of pinned, hashed requirements."""

    uv: Uv
    cache: Path
    paranoid: bool = False
    """Read every file of an environment before it is used, whatever the file system says."""

    def provide(
        self,
        request: EnvironmentRequest,
        *,
        offline: bool = False,
        meanwhile: Meanwhile = nullcontext,
    ) -> Environment:
        """Return an environment holding exactly ``request``, made or found and checked.

        Raises ``IntegrityError``, ``DependencyError`` or ``OutsideError``.
        """
        from filelock import FileLock

        _check_platforms(request)
        interpreter = need_interpreter(self.uv, request.python)
        prefix = self.cache / "environments" / _key(request, interpreter)
        environment = _environment(prefix, request, interpreter)
        try:
            prefix.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"{prefix.parent} cannot be created: {error.strerror}"
            raise OutsideError(message, hint=MOVE) from error
        if is_noexec(prefix.parent):
            raise OutsideError(
                f"{prefix.parent} is on a file system mounted with `noexec`, so that environments "
                "there cannot load their libraries",
                hint="set MLPACK_CACHE_DIR to a folder on another file system",
            )
        with FileLock(prefix.with_suffix(".lock")):
            kept = _is_complete(prefix) and not self._wrong(prefix)
            if not kept:
                self._make(prefix, request, interpreter, offline, lambda: meanwhile(environment))
            # Its time says when the environment was used last.
            (prefix / COMPLETE).touch()
            held = Shared(prefix)
        return replace(environment, made=not kept, held=held)

    def kept_at(self, request: EnvironmentRequest) -> Path | None:
        """Return the folder of the environment for ``request``, where it is kept and whole."""
        interpreter = find_interpreter(self.uv, request.python)
        if interpreter is None:
            return None
        prefix = self.cache / "environments" / _key(request, interpreter)
        whole = _is_complete(prefix) and not self._wrong(prefix)
        return prefix if whole else None

    def _make(
        self,
        prefix: Path,
        request: EnvironmentRequest,
        interpreter: Interpreter,
        offline: bool,
        meanwhile: Callable[[], AbstractContextManager[object]],
    ) -> None:
        for fresh in (False, True):
            shutil.rmtree(prefix, ignore_errors=True)
            self.uv.check(
                "venv", "--python", interpreter.path, prefix, doing="creating an environment"
            )
            install(self.uv, prefix, request, offline=offline, fresh=fresh)
            (prefix / _MADE_AT).write_text(str(prefix.resolve()), encoding="utf-8")
            (prefix / COMPLETE).touch()
            try:
                with meanwhile():
                    return self._check(prefix)
            except _DamagedError as error:
                (prefix / COMPLETE).unlink()
                damage = error
        # What the package cache holds was changed, and so is what the index sends.
        raise damage

    def _check(self, prefix: Path) -> None:
        wrong = self._wrong(prefix)
        if wrong:
            listed = ", ".join(wrong[:3])
            raise _DamagedError(f"installed files differ from their RECORD: {listed}")

    def _wrong(self, prefix: Path) -> list[str]:
        return checked(prefix, site_packages(prefix), prefix / COMPLETE, paranoid=self.paranoid)


@dataclass(frozen=True, slots=True, kw_only=True)
class PipEnvironments:
    """Makes a throwaway environment with ``pip install -r``, as servers do."""

    uv: Uv

    def provide(
        self,
        request: EnvironmentRequest,
        *,
        offline: bool = False,
        meanwhile: Meanwhile = nullcontext,
    ) -> Environment:
        """Return a new environment, which lives as long as this process.

        What pip installs is not held to its RECORDs, so there is no ``meanwhile``.

        Raises ``IntegrityError``, ``DependencyError`` or ``OutsideError``.
        """
        if offline:
            raise OutsideError(
                "pip needs the network to create its environment, but network access is disabled",
                hint="remove --offline, or use --env-manager uv",
            )
        interpreter = need_interpreter(self.uv, request.python)
        prefix = Path(tempfile.mkdtemp(prefix="mlpack-pip-"))
        # The caller uses the environment after this returns, and nobody after the process ends.
        atexit.register(shutil.rmtree, prefix, ignore_errors=True)
        argv = [str(interpreter.path), "-m", "venv", str(prefix)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise OutsideError(
                f"Python {interpreter.version} cannot create a virtual environment",
                hint="install its venv module, or use --env-manager uv",
                details=done.stdout[-2000:] + done.stderr[-2000:],
            )
        install_with_pip(prefix, request)
        return _environment(prefix, request, interpreter)


def _is_complete(prefix: Path) -> bool:
    """Tell whether an environment was made to its end, here: its scripts name its folder.

    One that was copied with the cache is not, nor is one whose Python has been removed.
    """
    here = str(prefix.resolve())
    made_at = prefix / _MADE_AT
    # An older mlpack's environment does not say.
    copied = made_at.is_file() and made_at.read_text(encoding="utf-8") != here
    return (prefix / COMPLETE).exists() and (prefix / "bin/python").exists() and not copied


def _check_platforms(request: EnvironmentRequest) -> None:
    if request.platforms and not include_this_machine(request.platforms):
        here = this_machine()
        raise DependencyError(
            f"the lock has no packages for this machine ({here}): "
            f"`dependencies.platforms` is [{', '.join(request.platforms)}]",
            hint=f"add {here} to `dependencies.platforms`, or build on a platform that is listed",
        )


def _key(request: EnvironmentRequest, interpreter: Interpreter) -> str:
    # Where a hashed package came from makes no difference to what it is, unless only a folder has
    # it: somebody without that folder could not make the environment.
    lines = [
        line
        for line in request.requirements
        if not (line.startswith("-") and is_hashed(request.requirements))
    ]
    content: list[object] = [lines, interpreter.version, platform.machine()]
    content += [list(request.borrowed)] if request.borrowed else []
    return value_digest(content).removeprefix("sha256:")[:24]


def site_packages(prefix: Path) -> Path:
    """Return the folder that an environment's packages lie in."""
    return next(iter(sorted(prefix.glob("lib/python*/site-packages"))), prefix / "missing")


def _environment(
    prefix: Path, request: EnvironmentRequest, interpreter: Interpreter
) -> Environment:
    notes: tuple[str, ...] = ()
    if interpreter.version != request.python:
        notes = (f"building on Python {interpreter.version}; the lock specifies {request.python}",)
    return Environment(python=prefix / "bin/python", version=interpreter.version, notes=notes)


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
