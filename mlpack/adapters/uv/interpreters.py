"""Python interpreters on this machine, and the newest that could be installed."""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlpack.adapters.uv.command import Uv
from mlpack.core.errors import OutsideError


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A CPython that can be run; ``version`` is the full one."""

    path: Path
    version: str


def find_interpreter(uv: Uv, python: str) -> Interpreter | None:
    """Return an installed CPython of the minor of ``python``: that very patch before any other.

    ``python`` is ``3.11`` or ``3.11.7``. pyenv's versions are looked up on disk, because its shims
    for versions that are not active fail when uv asks them.
    """
    minor = minor_of(python)
    by_pyenv = _pyenv(uv, minor)
    exact = [found for found in by_pyenv if found.version == python]
    if exact:
        return exact[0]
    by_uv = _installed(uv, minor)
    exact = [found for found in by_uv if found.version == python]
    return next(iter([*exact, *by_pyenv, *by_uv, *_own(minor)]), None)


def need_interpreter(uv: Uv, python: str) -> Interpreter:
    """Return an installed CPython of the minor of ``python``, or raise ``OutsideError``."""
    minor = minor_of(python)
    found = find_interpreter(uv, python)
    if found is None:
        raise OutsideError(
            f"Python {minor} is not installed", hint=f"run `uv python install {minor}`"
        )
    return found


def newest_patch(uv: Uv, minor: str) -> str | None:
    """Return the newest full version of ``minor`` that uv can install, asking no network."""
    answer = uv.run(
        "python", "list", minor, "--only-downloads", "--all-versions", "--output-format=json"
    )
    found = [entry["version"] for entry in _entries(answer.stdout, minor)]
    return max(found, key=_parts) if found else None


def minor_of(version: str) -> str:
    """``3.11.7`` → ``3.11``."""
    return ".".join(version.split(".")[:2])


def _installed(uv: Uv, minor: str) -> list[Interpreter]:
    """What uv finds, newest first. Warnings about broken ones make it fail: they are no answer."""
    answer = _without_shims(uv).run(
        "python", "list", minor, "--only-installed", "--output-format=json"
    )
    entries = [entry for entry in _entries(answer.stdout, minor) if entry.get("path")]
    found = [Interpreter(path=Path(each["path"]), version=each["version"]) for each in entries]
    return sorted(found, key=lambda item: _parts(item.version), reverse=True)


def _pyenv(uv: Uv, minor: str) -> list[Interpreter]:
    root = uv.environ.get("PYENV_ROOT")
    pattern = re.compile(rf"{re.escape(minor)}\.\d+")
    try:
        folder = Path(root) if root else Path.home() / ".pyenv"
        paths = list(folder.glob(f"versions/{minor}.*/bin/python"))
    except (OSError, RuntimeError):
        # Somebody else's home, as under sudo, or none at all.
        paths = []
    found = [
        Interpreter(path=path, version=path.parent.parent.name)
        for path in paths
        if pattern.fullmatch(path.parent.parent.name) and os.access(path, os.X_OK)
    ]
    return sorted(found, key=lambda item: _parts(item.version), reverse=True)


def _own(minor: str) -> list[Interpreter]:
    """The Python that mlpack runs on, which may be on no path at all, as under ``env -i``."""
    path = Path(getattr(sys, "_base_executable", sys.executable))
    version = platform.python_version()
    fits = re.fullmatch(rf"{re.escape(minor)}\.\d+", version) and path.is_file()
    own = fits and sys.implementation.name == "cpython"
    return [Interpreter(path=path, version=version)] if own else []


def _entries(text: str, minor: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(text or "[]")
    except json.JSONDecodeError:
        return []
    pattern = re.compile(rf"{re.escape(minor)}\.\d+")
    return [
        entry
        for entry in entries
        if entry.get("implementation") == "cpython"
        and entry.get("variant", "default") == "default"
        and pattern.fullmatch(entry.get("version", ""))
    ]


def _without_shims(uv: Uv) -> Uv:
    # A shim is a slow shell script that answers for one version and fails for the others.
    folders = uv.environ.get("PATH", "").split(os.pathsep)
    path = os.pathsep.join(folder for folder in folders if Path(folder).name != "shims")
    return replace(uv, environ={**uv.environ, "PATH": path})


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
