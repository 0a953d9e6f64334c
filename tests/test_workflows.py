"""The workflows of docs/ci.md: their steps, run by bash as they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.workflow.ci_files import VARIABLE
from tests.conftest import ROOT
from tests.gits import git
from tests.workflow.conftest import MANIFEST, shared_lock, write_project

__all__ = ["shared_lock"]

PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXPRESSION = re.compile(r"\$\{\{ (.*?) \}\}")


class Runner:
    """Runs the steps of a job as GitHub does, but for those that are actions."""

    def __init__(self, checkout: Path, programs: Path) -> None:
        self.checkout = checkout
        self.output = checkout.parent / "output"
        self.environment = {
            **os.environ,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(checkout.parent / "summary.md"),
            "GITHUB_WORKSPACE": str(checkout),
            # Any source will do for pip: here it is this checkout.
            VARIABLE: str(ROOT),
        }

    def run(self, job: Mapping[str, Any], matrix: Mapping[str, str]) -> list[str]:
        """Run the steps of a job; return what each wrote."""

        def value(found: re.Match[str]) -> str:
            return matrix[found[1].removeprefix("matrix.")]

        return [
            self._bash(EXPRESSION.sub(value, step["run"])) for step in job["steps"] if "run" in step
        ]

    def _bash(self, script: str) -> str:
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
            cwd=self.checkout,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture
def runner(tmp_path: Path, shared_lock: Path) -> Runner:
    """A checkout of two models, one of two variants, and a Python without mlpack."""
    root = tmp_path / "checkout"
    for name, more in (("anna", ""), ("bert", "variants: {big: {}, small: {}}\n")):
        manifest = MANIFEST.replace("doubler\n", f"{name}\n", 1) + more
        project = write_project(root / "models" / name, manifest=manifest)
        shutil.copy(shared_lock, project)
    (root / ".gitignore").write_text("dist/\n")
    git("init", "-q", cwd=root)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "mlpack", "build"]
    subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "models", cwd=root)
    # A checkout has what is committed.
    git("clean", "-fdxq", cwd=root)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "python"], check=True)
    return Runner(root, tmp_path / "python/bin")


@pytest.mark.slow
@pytest.mark.network
def test_the_steps_of_the_workflows_work(runner: Runner) -> None:
    one_job, jobs = yaml.safe_load(BLOCKS[0])["jobs"], yaml.safe_load(BLOCKS[2])["jobs"]
    said = runner.run(one_job["package"], {})
    assert said[-1].count(" verified\n") == 3
    assert "### mlpack: packages" in (runner.checkout.parent / "summary.md").read_text()
    git("clean", "-fdxq", cwd=runner.checkout)
    runner.run(jobs["list"], {})
    name, _, matrix = runner.output.read_text().partition("=")
    rows = json.loads(matrix)["include"]
    assert (name, [(row["name"], row["variant"]) for row in rows]) == (
        "matrix",
        [("anna", ""), ("bert", "big"), ("bert", "small")],
    )
    for row in rows:
        # Installed already.
        steps = [step for step in jobs["package"]["steps"] if "pip" not in step.get("run", "")]
        assert " verified\n" in runner.run({"steps": steps}, row)[-1]
        assert (runner.checkout / row["package"] / "MLmodel").is_file()


@pytest.mark.slow
def test_the_steps_for_gitlab_work(runner: Runner, tmp_path: Path) -> None:
    (job,) = (each for each in yaml.safe_load(BLOCKS[1]).values())
    programs = tmp_path / "python/bin"
    (programs / "mlpack").write_text(f'#!/bin/sh\nexec {sys.executable} -m mlpack "$@"\n')
    (programs / "mlpack").chmod(0o755)
    runner.environment["PYTHONPATH"] = str(ROOT)
    steps = [{"run": line} for line in job["script"] if not line.startswith("pip ")]
    said = runner.run({"steps": steps}, {})
    assert said[-1].count(" verified\n") == 3
    report = runner.checkout / job["artifacts"]["reports"]["codequality"]
    assert json.loads(report.read_text()) == []
