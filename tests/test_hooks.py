"""The hooks for pre-commit name commands that exist and files that are ours."""

from __future__ import annotations

import re
import shlex
from typing import Any

import yaml

from mlpack.cli.app import COMMANDS
from tests.conftest import ROOT, Mlpack

HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
BY_NAME = {hook["id"]: hook for hook in HOOKS}


def test_every_hook_runs_a_command_that_exists(mlpack: Mlpack) -> None:
    for hook in HOOKS:
        program, command, *flags = shlex.split(hook["entry"])
        assert program == "mlpack"
        assert command in COMMANDS
        done = mlpack(command, *flags, "--help")
        assert done.returncode == 0


def test_the_hooks_take_our_files_and_no_others() -> None:
    validate = re.compile(BY_NAME["mlpack-validate"]["files"])
    assert all(map(validate.search, ("mlpack.yaml", "models/a/mlpack.yaml", "a.mlpack.yaml")))
    assert not any(
        map(validate.search, ("other.yaml", "mlpack.yml", "mlpack.yaml.txt", "amlpack.yaml"))
    )
    lock = re.compile(BY_NAME["mlpack-lock-check"]["files"])
    assert all(
        map(lock.search, ("mlpack.lock", "mlpack.yaml", "requirements.in", "pyproject.toml"))
    )
    assert not lock.search("model.py")
