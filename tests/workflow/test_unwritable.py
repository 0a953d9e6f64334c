"""Folders that may not be written: a clear error, and nothing half done.

Root may write everywhere; where the tests run as root, these builds give that right up.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

MEEK = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
Build = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def build() -> Build:
    """Build as somebody who may write only where permissions say so."""
    prefix = MEEK if os.geteuid() == 0 else []
    if prefix and shutil.which("setpriv") is None:
        pytest.skip("root cannot give its rights up without setpriv")

    def run(root: Path, *arguments: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [*prefix, sys.executable, "-m", "mlpack", "-q", *arguments],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert "internal error in mlpack" not in done.stderr
        return done

    return run


def test_a_read_only_output_folder(project: Project, build: Build) -> None:
    root = project()
    output = root / "dist"
    output.mkdir(mode=0o555)
    done = build(root, "build")
    assert done.returncode == 7, done.stderr
    assert done.stderr == (
        f"error: cannot write {output}: Permission denied\n"
        "  help: choose another folder with -o/--output, or fix its permissions\n"
    )
    assert list(output.iterdir()) == []


def test_a_package_in_a_folder_that_became_read_only_stays(project: Project, build: Build) -> None:
    root = project()
    assert build(root, "build").returncode == 0
    (root / "model_code/doubler.py").open("a").write("\n# changed\n")
    before = sorted(path.name for path in (root / "dist").iterdir())
    (root / "dist").chmod(0o555)
    done = build(root, "build")
    (root / "dist").chmod(0o755)
    assert done.returncode == 7, done.stderr
    assert sorted(path.name for path in (root / "dist").iterdir()) == before


def test_a_read_only_project_folder(project: Project, build: Build) -> None:
    root = project()
    (root / "mlpack.lock").unlink()
    before = sorted(path.name for path in root.iterdir())
    root.chmod(0o555)
    done = build(root, "lock", "--offline")
    root.chmod(0o755)
    assert done.returncode == 7, done.stderr
    assert "mlpack.lock: Permission denied" in done.stderr
    assert sorted(path.name for path in root.iterdir()) == before


def test_a_read_only_cache(project: Project, build: Build, tmp_path: Path) -> None:
    root = project()
    (tmp_path / "cache").mkdir(mode=0o555)
    done = build(root, "build", MLPACK_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 7, done.stderr
    assert str(tmp_path / "cache") in done.stderr
    assert not (root / "dist/doubler").exists()


@pytest.mark.parametrize("name", ["model_code/doubler.py", "weights.bin", "mlpack.yaml"])
def test_a_file_that_may_not_be_read(project: Project, build: Build, name: str) -> None:
    from tests.workflow.conftest import MANIFEST

    root = project(manifest=MANIFEST + "artifacts: {weights: weights.bin}\n")
    (root / "weights.bin").write_bytes(b"w")
    (root / name).chmod(0o000)
    done = build(root, "build")
    assert done.returncode in (2, 7), done.stderr
    assert Path(name).name in done.stderr
    assert not (root / "dist/doubler").exists()


def test_pyenvs_folder_that_may_not_be_read_is_passed_over(
    project: Project, build: Build, tmp_path: Path
) -> None:
    (tmp_path / "pyenv/versions").mkdir(parents=True)
    (tmp_path / "pyenv").chmod(0o000)
    done = build(project(), "lock", "--upgrade", "--offline", PYENV_ROOT=str(tmp_path / "pyenv"))
    (tmp_path / "pyenv").chmod(0o755)
    assert "pyenv" not in done.stderr
