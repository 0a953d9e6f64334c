"""A proof counts for anyone who has the package alone: none is borrowed from this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, Mlpack

pytestmark = [pytest.mark.slow, pytest.mark.network]


def test_the_package_alone_is_enough_and_less_is_not(mlpack: Mlpack, tmp_path: Path) -> None:
    project, package = tmp_path / "project", tmp_path / "elsewhere"
    shutil.copytree(ROOT / "tests/cases/build/own-wheels", project)
    built = mlpack("build", cwd=project)
    assert built.returncode == 0, built.stderr
    shutil.move(project / "dist/own-wheels", package)
    shutil.rmtree(project)
    lines = (package / "requirements.txt").read_text().splitlines()
    assert lines[0] == "--find-links wheels"
    conda = yaml.safe_load((package / "conda.yaml").read_text())
    assert conda["dependencies"][-1]["pip"] == lines

    kept = mlpack("verify", package)
    assert kept.returncode == 0, kept.stderr
    anew = mlpack("verify", package, env={"MLPACK_CACHE_DIR": str(tmp_path / "another cache")})
    assert anew.returncode == 0, anew.stderr

    shutil.rmtree(package / "wheels")
    less = mlpack("-q", "verify", package)
    assert less.returncode == 4
    assert "is missing the folder `wheels`" in less.stderr
    # As it was when the folder of the project was not carried: the pins are the same.
    (package / "requirements.txt").write_text("".join(f"{line}\n" for line in lines[1:]))
    borrowed = mlpack("-q", "verify", package)
    assert borrowed.returncode == 6, borrowed.stderr
