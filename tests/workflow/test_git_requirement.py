"""A model that needs a package from git: pinned by commit, proven, and no hash in its package."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from mlpack.lock.text import read_lock
from tests.conftest import Mlpack
from tests.gits import commit, served
from tests.indexes import sdist_files
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here"),
]


def test_a_model_with_a_git_requirement(project: Project, mlpack: Mlpack, tmp_path: Path) -> None:
    made = commit(tmp_path / "gits/leaf", sdist_files("leaf", "1.0"))
    with served(tmp_path / "gits") as address:
        url = f"git+{address}/leaf@{made}"
        dependencies = (
            "dependencies: {requirements: [mlflow-skinny==3.17.2, pandas, numpy, "
            f"'leaf @ {url}'], allow_unhashed: [leaf]}}\n"
        )
        head = MANIFEST.rpartition("dependencies:")[0]
        root = project(model=f"import leaf\n{MODEL}", manifest=head + dependencies)
        done = mlpack("build", cwd=root)
        assert done.returncode == 0, done.stderr
        verified = mlpack("verify", "dist/doubler", cwd=root)
        assert verified.returncode == 0, verified.stderr
    lines = (root / "dist/doubler/requirements.txt").read_text().splitlines()
    assert f"leaf @ {url}" in lines
    assert not [line for line in lines if "--hash" in line]
    conda = yaml.safe_load((root / "dist/doubler/conda.yaml").read_text())
    assert conda["dependencies"][-1]["pip"] == lines
    locked = read_lock(root / "mlpack.lock").environments["default"]
    assert [one.name for one in locked.packages if not one.sha256] == ["leaf"]
