"""A machine without a network: all that it needs was fetched on another, and copied."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adapters.sources.faulty import FaultyServer
from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, Project

pytestmark = [pytest.mark.slow, pytest.mark.network]


def cut_off() -> list[str]:
    """Return what starts a command without any network."""
    command = ["unshare", "-r", "-n"]
    if shutil.which("unshare") is None or subprocess.run([*command, "true"]).returncode:
        pytest.skip("cutting off the network needs unshare")
    return command


def alone(root: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run mlpack without a network, without anybody's caches."""
    variables = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
    for name in ("PYENV_ROOT", "UV_PYTHON_INSTALL_DIR"):
        if name in os.environ:
            variables[name] = os.environ[name]
    return subprocess.run(
        [*cut_off(), sys.executable, "-m", "mlpack", *arguments],
        cwd=root,
        env={**variables, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fetched_cache_builds_on_a_machine_without_a_network(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    with FaultyServer().running() as server:
        uri = server.serve("/weights.bin", b"weights")
        root = project(manifest=f"{MANIFEST}artifacts: {{weights: {uri}}}\n")
        locked = mlpack("lock", cwd=root)
        assert locked.returncode == 0, locked.stderr
        fetched_and_copied(root, mlpack, tmp_path)


def fetched_and_copied(root: Path, mlpack: Mlpack, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    moved = {"MLPACK_CACHE_DIR": str(cache), "UV_CACHE_DIR": ""}
    empty = alone(root, "build", "--offline", MLPACK_CACHE_DIR=str(tmp_path / "empty"))
    assert empty.returncode == 7
    assert "run `mlpack fetch` while online" in empty.stderr
    fetched = mlpack("fetch", "--format", "json", cwd=root, env=moved)
    assert fetched.returncode == 0, fetched.stderr
    told = json.loads(fetched.stdout)
    (packages,) = told["packages"]
    assert (packages["environment"], packages["count"] > 20) == ("default", True)
    assert [each["artifact"] for each in told["artifacts"]] == ["weights"]
    shutil.move(cache, tmp_path / "copied")
    built = alone(root, "build", "--offline", MLPACK_CACHE_DIR=str(tmp_path / "copied"))
    assert built.returncode == 0, built.stderr
    assert (root / "dist/doubler/artifacts/weights.bin").read_bytes() == b"weights"


def test_what_cannot_be_fetched_is_refused(project: Project, mlpack: Mlpack) -> None:
    root = project()
    done = mlpack("fetch", "--platform", "aarch64-aple-darwin", cwd=root)
    assert done.returncode == 2
    assert "did you mean `aarch64-apple-darwin`?" in done.stderr
    assert mlpack("fetch", "--only", "artifacts", cwd=root).stdout.startswith("Nothing to fetch")


def test_a_folder_of_wheels_builds_the_same_package_without_a_network(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root, wheels = project(), tmp_path / "wheels"
    collected = mlpack("fetch", "--to", wheels, "--format", "json", cwd=root)
    assert collected.returncode == 0, collected.stderr
    (report,) = json.loads(collected.stdout)["wheels"]
    assert len(report["files"]) == report["new"] > 20
    assert (wheels / "doubler.requirements.txt").read_text().count("--hash=sha256:") > 20
    places = {"MLPACK_CACHE_DIR": str(tmp_path / "empty"), "UV_FIND_LINKS": str(wheels)}
    built = alone(root, "build", "--offline", **places)
    assert built.returncode == 0, built.stderr
    refused = mlpack("fetch", "--to", wheels, "--offline", cwd=root)
    assert (refused.returncode, "--offline" in refused.stderr) == (2, True)
