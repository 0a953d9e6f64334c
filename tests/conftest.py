"""What all tests share: one cache of environments for the run, and the program itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parent.parent

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell that starts the tests in the background has them, and their children, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Mlpack = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One cache folder for all workers of a run, so that environments are made once."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = Path(os.environ.get("MLPACK_TEST_CACHE", shared / "mlpack-cache"))
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["MLPACK_CACHE_DIR"] = str(folder)
    if "UV_CACHE_DIR" not in os.environ:
        # Moved caches start empty: the packages that this machine has need not be downloaded again.
        asked = [find_uv_bin(), "cache", "dir", "--no-config"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        os.environ["UV_CACHE_DIR"] = done.stdout.strip()
    return folder


@pytest.fixture(scope="session", autouse=True)
def index_settings() -> None:
    """Let uv find the wheels that pip is told of, and nothing else of the caller's settings."""
    if links := os.environ.get("PIP_FIND_LINKS"):
        os.environ.setdefault("UV_FIND_LINKS", links)
    for name in ("SOURCE_DATE_EPOCH", "VIRTUAL_ENV", "CONDA_PREFIX", "FORCE_COLOR", "NO_COLOR"):
        os.environ.pop(name, None)


def run_mlpack(
    *args: str | Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    timeout: float = 600,
    input: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the program as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "mlpack", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        stdin=subprocess.DEVNULL if input is None else None,
        input=input,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture
def mlpack() -> Mlpack:
    """The program: ``mlpack("build", cwd=project)``."""
    return run_mlpack
