"""Environments with each line of MLflow, made once for a whole run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin

from mlpack.ports import Environment

LINES = ("2.20.0", "3.1.0", "3.17.2")
NEWEST = LINES[-1]
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def line_environment(cache: Path, line: str) -> Environment:
    """Return an environment with the whole of MLflow in version ``line``."""
    return environment(cache, (f"mlflow=={line}",))


def environment(cache: Path, requirements: tuple[str, ...]) -> Environment:
    """Return an environment with ``requirements``, kept in ``cache``."""
    key = hashlib.sha256("\n".join((PYTHON, *requirements)).encode()).hexdigest()[:16]
    home = cache / "model-environments" / key
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(home.with_suffix(".lock")):
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _uv("venv", "--python", PYTHON, str(home))
            _uv("pip", "install", "--python", str(home / "bin" / "python"), *requirements)
            (home / "ready").touch()
    return Environment(python=home / "bin" / "python", version=_version(home))


def _uv(*arguments: str) -> None:
    done = subprocess.run(
        [find_uv_bin(), *arguments, "--no-config", "--quiet"],
        env={k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _version(home: Path) -> str:
    for line in (home / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition(" = ")
        if name == "version_info":
            return value
    raise AssertionError("pyvenv.cfg names no version")
