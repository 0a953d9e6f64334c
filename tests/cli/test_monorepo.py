"""Commands at the root of a repository with several models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Mlpack
from tests.gits import git
from tests.workflow.conftest import MANIFEST, write_project

NAMES = ("anna", "bert", "carl")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three models that are in git, one that git ignores, and what is nobody's own."""
    root = tmp_path / "repository"
    for name in NAMES:
        model(root / "models" / name)
    model(root / "scratch/dora")
    model(root / "models/anna/dist/anna/code")
    (root / "models/anna/dist/anna/MLmodel").write_text("flavors: {}\n")
    model(root / ".hidden/emil")
    (root / ".gitignore").write_text("scratch/\n")
    git("init", "-q", cwd=root)
    return root


def model(root: Path) -> Path:
    return write_project(root, manifest=MANIFEST.replace("doubler\n", f"{root.name}\n", 1))


def valid(*names: str) -> str:
    return "".join(f"{name}/mlpack.yaml is valid\n" for name in names)


def test_all_manifests_below_are_meant(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("validate", cwd=repository)
    assert done.stdout == valid(*(f"models/{name}" for name in NAMES)), done.stderr
    git("add", "-A", cwd=repository)
    git("commit", "-q", "-m", "a change", cwd=repository)
    assert mlpack("validate", cwd=repository / "models").stdout == valid(*NAMES)
    listed = json.loads(mlpack("list", "--format", "json", cwd=repository).stdout)
    assert [each["name"] for each in listed["models"]] == list(NAMES)


def test_without_git_nothing_is_ignored(repository: Path, mlpack: Mlpack) -> None:
    (repository / ".git").rename(repository / "elsewhere")
    done = mlpack("validate", cwd=repository)
    assert done.stdout == valid(*(f"models/{name}" for name in NAMES), "scratch/dora")


def test_the_nearest_above_comes_first(repository: Path, mlpack: Mlpack) -> None:
    inside = repository / "models/anna/model_code"
    assert (
        mlpack("validate", cwd=inside).stdout == f"{repository}/models/anna/mlpack.yaml is valid\n"
    )
    # In a folder that git ignores, what is there is meant.
    assert mlpack("validate", cwd=repository / "scratch").stdout == valid("dora")


def test_a_manifest_above_the_repository_is_the_last_resort(
    repository: Path, mlpack: Mlpack
) -> None:
    model(repository.parent)
    (repository / "scratch").rename(repository / "models/anna/scratch")
    assert mlpack("validate", cwd=repository).stdout == valid(*(f"models/{name}" for name in NAMES))
    other = repository.parent / "code"
    other.mkdir()
    git("init", "-q", cwd=other)
    done = mlpack("validate", cwd=other)
    assert done.stdout == f"{repository.parent}/mlpack.yaml is valid\n"


def test_the_home_folder_is_not_searched(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("build", cwd=repository, env={"HOME": str(repository / "models")})
    assert done.returncode == 2
    assert "No mlpack.yaml found in" in done.stderr


def test_files_are_named_by_folder_and_by_pattern(repository: Path, mlpack: Mlpack) -> None:
    def checked(*files: str) -> str:
        options = [word for name in files for word in ("-f", name)]
        return mlpack("validate", *options, cwd=repository).stdout

    assert checked("models/*/mlpack.yaml", "models/anna") == valid(
        "models/anna", "models/bert", "models/carl"
    )
    assert checked("models/[bc]*") == valid("models/bert", "models/carl")
    assert checked("scratch") == valid("scratch/dora")
    assert mlpack("validate", "models/c*", cwd=repository).stdout == valid("models/carl")
    nothing = mlpack("validate", "-f", "nodels/*", cwd=repository)
    assert (nothing.returncode, "no mlpack.yaml matches nodels/*" in nothing.stderr) == (2, True)


def test_a_command_for_one_manifest_asks_which(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("run", "--", "true", cwd=repository)
    assert done.returncode == 2
    assert done.stderr == (
        "error: this command takes one manifest, found models/anna/mlpack.yaml, "
        "models/bert/mlpack.yaml, models/carl/mlpack.yaml\n"
        "  help: choose one, such as `-f models/anna/mlpack.yaml`\n"
    )


def test_one_that_fails_does_not_stop_the_others(repository: Path, mlpack: Mlpack) -> None:
    (repository / "models/bert/mlpack.yaml").write_text("mlpack: 1\n")
    done = mlpack("lock", "--check", cwd=repository)
    assert done.returncode == 3
    assert done.stderr.count("mlpack.lock does not exist") == 2
    assert "models/carl/mlpack.yaml failed:" in done.stderr
    assert "models/bert/mlpack.yaml:1:1: error[missing-key]" in done.stderr
    told = json.loads(mlpack("lock", "--check", "--format", "json", cwd=repository).stdout)
    codes = [each["code"] for each in told["problems"]]
    assert (codes[0], codes[-1]) == ("stale-lock", "stale-lock")
    locked = mlpack("build", "--locked", cwd=repository)
    assert locked.returncode == 2
    assert locked.stderr.count("mlpack.lock does not exist") == 2
    at_once = mlpack("build", "--locked", "--fail-fast", cwd=repository)
    assert (at_once.returncode, at_once.stderr.count("failed")) == (2, 0)


def test_verify_means_all_packages(repository: Path, mlpack: Mlpack) -> None:
    done = mlpack("verify", cwd=repository)
    assert done.returncode == 2
    assert done.stderr.count("has not been built") == 2
    assert "models/bert/dist/bert failed:" in done.stderr
    one = mlpack("verify", "--digest", f"sha256:{'0' * 64}", cwd=repository)
    assert (one.returncode, "pass the MODEL it is of" in one.stderr) == (2, True)
