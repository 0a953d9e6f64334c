"""mlpack itself runs on every Python that it claims, and makes the same package on each."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from mlpack.digest import tree_digest
from tests.conftest import ROOT
from tests.workflow.conftest import shared_lock, write_project

__all__ = ["shared_lock"]

pytestmark = pytest.mark.slow


def _interpreter(minor: str) -> Path | None:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    known = sorted(root.glob(f"{minor}.*/bin/python{minor}"))
    found = shutil.which(f"python{minor}")
    # A shim that leads nowhere is on PATH too: prefer what certainly runs.
    return known[-1] if known else Path(found) if found else None


@pytest.mark.parametrize("minor", ["3.10", "3.12", "3.13"])
def test_another_python_makes_the_same_package(
    minor: str, tmp_path: Path, shared_lock: Path, cache: Path
) -> None:
    import sys

    interpreter = _interpreter(minor)
    if interpreter is None:
        pytest.skip(f"there is no Python {minor} on this machine")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    environment = tmp_path / "venv"
    subprocess.run([uv, "venv", "-q", "--python", interpreter, environment], check=True)
    python = environment / "bin/python"
    subprocess.run([uv, "pip", "install", "-q", "--python", python, ROOT], check=True)
    digests = []
    for name, program in (("here", sys.executable), ("there", str(python))):
        project = write_project(tmp_path / name)
        (project / "mlpack.lock").write_bytes(shared_lock.read_bytes())
        env = {**os.environ, "PYTHONPATH": str(ROOT) if name == "here" else ""}
        done = subprocess.run(
            [program, "-m", "mlpack", "build"],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        digests.append(tree_digest(project / "dist/doubler").digest)
    assert digests[0] == digests[1]
