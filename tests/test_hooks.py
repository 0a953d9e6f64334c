"""The hooks for pre-commit, run by pre-commit itself at the root of a repository of models."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.cli.app import COMMANDS
from tests.conftest import ROOT, Mlpack
from tests.gits import AUTHOR, git
from tests.throwaway import throwaway_environment
from tests.workflow.conftest import MANIFEST, MODEL, shared_lock, write_project

__all__ = ["shared_lock"]

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
NAMES = ("anna", "bert")

Commit = Callable[[], "subprocess.CompletedProcess[str]"]


def test_every_hook_runs_a_command_that_exists(mlpack: Mlpack) -> None:
    for hook in HOOKS:
        program, command, *flags = shlex.split(hook["entry"])
        assert program == "mlpack"
        assert command in COMMANDS
        done = mlpack(command, *flags, "--help")
        assert done.returncode == 0


@pytest.fixture
def repository(tmp_path: Path, shared_lock: Path) -> Path:
    """Two models, locked and not built, in a repository that runs the hooks on each commit."""
    root = tmp_path / "repository"
    for name in NAMES:
        project = root / "models" / name
        write_project(project, manifest=MANIFEST.replace("doubler\n", f"{name}\n", 1))
        (project / "model_code/more.py").write_text("")
        shutil.copy(shared_lock, project)
    # An installed environment for each hook would be of no interest here.
    hooks = [{**hook, "language": "system"} for hook in HOOKS]
    config = {"repos": [{"repo": "local", "hooks": hooks}]}
    (root / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (root / ".gitignore").write_text("dist/\n")
    git("init", "-q", "-b", "main", cwd=root)
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "begin", cwd=root)
    return root


@pytest.fixture
def commit(repository: Path, cache: Path, tmp_path: Path) -> Commit:
    """``git commit`` of all that changed, with pre-commit installed as its hook."""
    python = throwaway_environment(cache, ["pre-commit"])
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mlpack").write_text(f'#!/bin/sh\nexec {sys.executable} -m mlpack "$@"\n')
    (programs / "mlpack").chmod(0o755)
    environment = {
        **os.environ,
        **AUTHOR,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PRE_COMMIT_HOME": str(tmp_path / "pre-commit"),
    }

    def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, check=False
        )

    installed = run(python.with_name("pre-commit"), "install")
    assert installed.returncode == 0, installed.stderr
    return lambda: run("git", "commit", "-a", "-m", "a change")


def results(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """Return what pre-commit says of each hook."""
    return re.findall(r"^(mlpack.*?)\.+(Passed|Failed|Skipped)$", done.stderr, re.MULTILINE)


VALID = ("mlpack validate", "Passed")
LOCKED = ("mlpack lock --check", "Passed")
OUTPUTS = ("mlpack build --locked --dry-run", "Passed")
OTHER_OUTPUTS = ("mlpack build --locked --dry-run", "Failed")


@pytest.mark.slow
@pytest.mark.network
def test_what_passes_the_hooks_is_built_by_locked(
    repository: Path, commit: Commit, mlpack: Mlpack
) -> None:
    assert mlpack("build", cwd=repository).returncode == 0
    done = commit()
    assert results(done) == [VALID, LOCKED, OUTPUTS], done.stderr
    assert done.returncode == 0, done.stderr
    code = repository / "models/anna/model_code/doubler.py"
    code.write_text(f"{MODEL}\n# changed\n")
    refused = commit()
    assert results(refused) == [VALID, LOCKED, OTHER_OUTPUTS]
    assert refused.stderr.count("anna has other inputs than its recorded output: code changed") == 1
    assert mlpack("build", "--locked", cwd=repository).returncode == 3
    assert mlpack("build", cwd=repository).returncode == 0
    assert commit().returncode == 0
    assert mlpack("build", "--locked", cwd=repository).returncode == 0


@pytest.mark.slow
@pytest.mark.network
def test_only_the_projects_of_files_that_changed_are_checked(
    repository: Path, commit: Commit, mlpack: Mlpack
) -> None:
    # Nothing is recorded of bert, and nobody asks.
    assert mlpack("build", "models/anna/mlpack.yaml", cwd=repository).returncode == 0
    done = commit()
    assert results(done) == [VALID, LOCKED, OUTPUTS], done.stderr
    (repository / "models/bert/model_code/doubler.py").write_text(f"{MODEL}\n# changed\n")
    refused = commit()
    assert results(refused) == [VALID, LOCKED, OTHER_OUTPUTS]
    assert "anna" not in refused.stderr
    git("checkout", "-q", ".", cwd=repository)
    # pre-commit names no file that is gone.
    (repository / "models/anna/model_code/more.py").unlink()
    refused = commit()
    assert results(refused) == [VALID, LOCKED, OTHER_OUTPUTS]
    assert "anna has other inputs than its recorded output: code changed" in refused.stderr
    git("checkout", "-q", ".", cwd=repository)
    (repository / ".gitignore").write_text("dist/\nnotes/\n")
    assert commit().returncode == 0
