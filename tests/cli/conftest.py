"""The command line with an index on loopback that serves what a small lock needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import run_mlpack
from tests.indexes import Index, surroundings
from tests.workflow.conftest import MANIFEST, write_project

Locking = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def index() -> Iterator[Index]:
    with Index().served() as found:
        found.wheel("mlflow", "3.17.2", needs=["numpy"])
        found.wheel("numpy", "2.0.0")
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project whose dependencies a test writes by ``depend``."""
    return depend(write_project(tmp_path / "project"), "[numpy]")


def depend(root: Path, dependencies: str, more: str = "") -> Path:
    """Let a project depend on ``dependencies`` and have ``more`` keys."""
    head = MANIFEST.lstrip().rpartition("dependencies:")[0]
    (root / "mlpack.yaml").write_text(f"{head}dependencies: {dependencies}\n{more}")
    return root


@pytest.fixture
def locking(index: Index, root: Path, tmp_path: Path) -> Locking:
    """``mlpack lock`` and what follows it, knowing this index alone."""
    nothing = {
        name: "" for name in os.environ if name.startswith(("UV_", "PIP_")) and name != "UV_CACHE"
    }

    def run(*args: str, command: str = "lock", **environ: str) -> subprocess.CompletedProcess[str]:
        variables = {
            **nothing,
            **surroundings(index, tmp_path),
            "MLPACK_CACHE_DIR": str(tmp_path / "mlpack-cache"),
            **environ,
        }
        return run_mlpack(command, *args, cwd=root, env=variables)

    return run
