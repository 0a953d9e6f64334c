"""The wheel, and an editable install: the program that people get from either works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

from mlpack.core.digest import tree_digest
from tests.conftest import ROOT
from tests.workflow.conftest import shared_lock, write_project

__all__ = ["shared_lock"]

pytestmark = [pytest.mark.slow, pytest.mark.network]

# What of a checkout the build reads: a copy keeps it free of what building leaves.
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "mlpack", "schemas", "docs")


def uv(*arguments: str | Path) -> None:
    done = subprocess.run(
        [find_uv_bin(), *map(str, arguments), "--no-config", "--quiet"],
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkout")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    uv("build", "--wheel", "--out-dir", folder, checkout)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_every_file_of_the_templates(wheel: Path) -> None:
    carried = {
        name for name in zipfile.ZipFile(wheel).namelist() if "mlpack/authoring/templates/" in name
    }
    listed = subprocess.run(
        ["git", "ls-files", "mlpack/authoring/templates"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert carried == set(listed.stdout.split())


def test_the_wheel_holds_the_program_and_nothing_of_the_workshop(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {"mlpack/schemas/mlpack.schema.json", "mlpack/py.typed"} <= set(names)
    assert "mlpack/_worker/__main__.py" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"mlpack", wheel.name.rsplit("-", 3)[0] + ".dist-info"}


@pytest.mark.parametrize("kind", ["wheel", "editable"])
def test_an_installed_program_finds_its_schema_and_builds(
    kind: str, wheel: Path, checkout: Path, tmp_path: Path, shared_lock: Path
) -> None:
    python = tmp_path / "venv/bin/python"
    uv("venv", "--python", sys.executable, tmp_path / "venv")
    what = [wheel] if kind == "wheel" else ["--editable", checkout]
    uv("pip", "install", "--python", python, *what)

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [tmp_path / "venv/bin/mlpack", *arguments],
            cwd=project,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    project = write_project(tmp_path / "project")
    (project / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    written = json.loads((ROOT / "schemas/mlpack.schema.json").read_text())
    assert json.loads(run("schema")) == written
    assert "mlpack.yaml" in run("validate")
    assert run("explain", "unknown-key")
    assert "dist/doubler built" in run("build")
    assert tree_digest(project / "dist/doubler").digest in run("verify", "dist/doubler")
