"""Environments made by uv or pip: kept ones by digest, throwaway ones for loose requirements."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlpack.digest import value_digest
from mlpack.environments.records import damaged
from mlpack.errors import DependencyError, IntegrityError, OutsideError
from mlpack.ports import Environment, EnvironmentRequest
from mlpack.uv import Uv
from mlpack.uv.failures import failure
from mlpack.uv.interpreters import Interpreter, minor_of, need_interpreter
from mlpack.uv.surroundings import Locations

_COMPLETE = "mlpack-complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class UvEnvironments:
    """Keeps one environment for each distinct set of pinned, hashed requirements."""

    uv: Uv
    cache: Path

    def provide(self, request: EnvironmentRequest, *, offline: bool = False) -> Environment:
        """Return an environment holding exactly ``request``, made or found and checked.

        Raises ``IntegrityError``, ``DependencyError`` or ``OutsideError``.
        """
        from filelock import FileLock

        interpreter = need_interpreter(self.uv, minor_of(request.python))
        key = value_digest(
            [list(request.requirements), interpreter.version, platform.machine()]
        ).removeprefix("sha256:")[:24]
        prefix = self.cache / "environments" / key
        try:
            prefix.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutsideError(
                f"{prefix.parent} cannot be made: {error.strerror}",
                hint="set MLPACK_CACHE_DIR to a folder that can be written",
            ) from error
        with FileLock(prefix.with_suffix(".lock")):
            if not (prefix / _COMPLETE).exists() or damaged(_site(prefix)):
                self._make(prefix, request, interpreter, offline)
        return _environment(prefix, request, interpreter)

    def _make(
        self, prefix: Path, request: EnvironmentRequest, interpreter: Interpreter, offline: bool
    ) -> None:
        for fresh in ((), ("--no-cache", "--link-mode", "copy")):
            shutil.rmtree(prefix, ignore_errors=True)
            _call(self.uv, "making an environment", "venv", "--python", interpreter.path, prefix)
            _install(self.uv, prefix, request, offline, fresh)
            wrong = damaged(_site(prefix))
            if not wrong:
                (prefix / _COMPLETE).write_text("")
                return
        # What the package cache holds was changed, and so is what the index sends.
        raise IntegrityError(f"installed files differ from their RECORD: {', '.join(wrong[:3])}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PipEnvironments:
    """Makes a throwaway environment with ``pip install -r``, as servers do."""

    uv: Uv

    def provide(self, request: EnvironmentRequest, *, offline: bool = False) -> Environment:
        """Return a new environment; it lies in the temporary folder."""
        interpreter = need_interpreter(self.uv, minor_of(request.python))
        prefix = Path(tempfile.mkdtemp(prefix="mlpack-pip-"))
        listed = _listed(prefix, request.requirements)
        pip = [str(prefix / "bin/python"), "-m", "pip", "install", "-q", "-r", str(listed)]
        for argv in ([str(interpreter.path), "-m", "venv", str(prefix)], pip):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise DependencyError(
                    "pip cannot install the package's requirements", details=done.stderr[-2000:]
                )
        return _environment(prefix, request, interpreter)


def _install(
    uv: Uv, prefix: Path, request: EnvironmentRequest, offline: bool, fresh: tuple[str, ...]
) -> None:
    python = prefix / "bin/python"
    options = [line for line in request.requirements if line.startswith("-")]
    pins = [line for line in request.requirements if not line.startswith("-")]
    hashed = all("--hash=" in line for line in pins)
    late = set(request.no_build_isolation)
    first = [line for line in pins if _name(line) not in late]
    proof = ("--require-hashes",) if hashed else ()
    places = Locations(
        index_url=request.index_url,
        extra_index_urls=request.extra_index_urls,
        find_links=request.links,
    )
    stages = [(first, ())] if not late else [(first, ()), (pins, ("--no-build-isolation",))]
    for lines, more in stages:
        listed = _listed(prefix, [*options, *lines])
        answer = uv.run(
            "pip", "install", "--python", python, *proof, *more, *fresh, "-r", listed,
            locations=places, offline=offline,
        )  # fmt: skip
        listed.unlink()
        if answer.code != 0:
            if "hash mismatch" in answer.stderr.lower():
                raise IntegrityError(
                    "a downloaded package is not the one that the lock pins",
                    details=answer.stderr,
                )
            raise failure(answer.stderr, "installing the packages")


def _call(uv: Uv, doing: str, *args: str | Path) -> None:
    answer = uv.run(*args)
    if answer.code != 0:
        raise failure(answer.stderr, doing)


def _listed(prefix: Path, lines: tuple[str, ...] | list[str]) -> Path:
    path = prefix / "mlpack-requirements.txt"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def _name(line: str) -> str:
    from packaging.utils import canonicalize_name

    return canonicalize_name(line.split("==")[0].split("@")[0].strip())


def _site(prefix: Path) -> Path:
    return next(iter(sorted(prefix.glob("lib/python*/site-packages"))), prefix / "missing")


def _environment(
    prefix: Path, request: EnvironmentRequest, interpreter: Interpreter
) -> Environment:
    notes: tuple[str, ...] = ()
    if interpreter.version != request.python:
        notes = (f"building on Python {interpreter.version}; the lock names {request.python}",)
    return Environment(python=prefix / "bin/python", version=interpreter.version, notes=notes)
