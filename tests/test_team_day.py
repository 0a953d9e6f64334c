"""A day of a team, from the monorepo's first lock to a machine without a network."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, run_mlpack
from tests.gits import git
from tests.indexes import Index
from tests.served import default_index
from tests.workflow.test_closed_network import cut_off

pytestmark = [pytest.mark.slow, pytest.mark.network]

NAMES = [f"m{number:02}" for number in range(12)]
MANIFEST = """
mlpack: 1
name: {name}
version: "1.0"
model: model_code.model:Model
signature:
  inputs: [{{name: x, type: double}}]
  outputs: [{{name: x, type: double}}]
input_example:
  dataframe_records: [{{x: 1.5}}, {{x: 2.0}}]
python: "3.11"
dependencies:
  requirements: [mlflow-skinny==3.17.2, pandas, numpy, team-features]
  index_url: {index}
variants:
  small: {{model_config: {{factor: 2}}}}
  large: {{model_config: {{factor: 3}}}}
"""
MODEL = """
import mlflow
import team_features

from model_code.factor import ADDED


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * context.model_config["factor"] + ADDED
"""

Team = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def index() -> Iterator[Index]:
    private = Index(login=("team", "very-secret"), beyond=default_index())
    private.wheel("team-features", "1.0")
    with private.served() as served:
        yield served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("team")


@pytest.fixture(scope="module")
def team(index: Index, folder: Path) -> Team:
    """mlpack as each of the team runs it: a login in netrc, and caches of the day's own."""
    netrc = folder / "netrc"
    netrc.write_text("machine 127.0.0.1 login team password very-secret\n")
    netrc.chmod(0o600)
    settings = {"NETRC": str(netrc), "MLPACK_CACHE_DIR": str(folder / "cache"), "UV_CACHE_DIR": ""}

    def run(*args: str | Path, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
        done = run_mlpack(*args, cwd=cwd, env={**settings, **more})
        assert "very-secret" not in done.stdout + done.stderr
        return done

    return run


def _commit(root: Path, message: str) -> None:
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", message, cwd=root)


def _clone(origin: Path, to: Path) -> Path:
    git("clone", "-q", str(origin), str(to), cwd=origin.parent)
    return to


def _good(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_day_of_a_team(team: Team, index: Index, folder: Path) -> None:
    repository = folder / "repository"
    for name in NAMES:
        code = repository / "models" / name / "model_code"
        code.mkdir(parents=True)
        (code / "__init__.py").write_text("")
        (code / "model.py").write_text(MODEL.lstrip())
        (code / "factor.py").write_text("ADDED = 0.0\n")
        manifest = MANIFEST.format(name=name, index=index.url).lstrip()
        (code.parent / "mlpack.yaml").write_text(manifest)
    (repository / ".gitignore").write_text("dist/\n")
    git("init", "-q", "-b", "main", cwd=repository)

    # Morning: everything is locked and built from the top.
    _good(team("validate", cwd=repository))
    _good(team("lock", "-q", cwd=repository))
    built = json.loads(_good(team("build", "--format", "json", cwd=repository)))
    assert len(built["packages"]) == 24
    assert {each["status"] for each in built["packages"]} == {"built"}
    _commit(repository, "twelve models")
    first = _clone(repository, folder / "ci")
    _good(team("lock", "--check", "-q", cwd=first))
    again = json.loads(_good(team("build", "--locked", "--format", "json", cwd=first)))
    assert [each["digest"] for each in again["packages"]] == [
        each["digest"] for each in built["packages"]
    ]

    # Two of them change the code of one model, in different files.
    model = repository / "models/m03"
    git("checkout", "-q", "-b", "feature", cwd=repository)
    (model / "model_code/factor.py").write_text("ADDED = 1.0\n")
    _good(team("build", "-q", cwd=model))
    _commit(repository, "add one")
    git("checkout", "-q", "main", cwd=repository)
    (model / "model_code/model.py").write_text(MODEL.lstrip() + "# reviewed\n")
    _good(team("build", "-q", cwd=model))
    _commit(repository, "review")
    merged = subprocess.run(
        ["git", "merge", "feature"], cwd=repository, capture_output=True, text=True, check=False
    )
    assert merged.returncode == 1, merged.stdout
    assert "models/m03/mlpack.lock" in merged.stdout
    refused = team("build", "--locked", cwd=model)
    assert refused.returncode == 3
    assert "merge conflict" in refused.stderr
    _good(team("build", cwd=model))
    assert "<<<<<<<" not in (model / "mlpack.lock").read_text()
    _commit(repository, "merge feature")

    # A release of the team's own package: one model takes it.
    index.wheel("team-features", "2.0")
    upgraded = _good(team("lock", "-P", "team-features==2.0", cwd=model))
    assert re.search(r"team-features 1\.0 → 2\.0", upgraded)
    outdated = _good(team("outdated", cwd=repository / "models/m04"))
    assert re.search(r"team-features\s+1\.0\s.*2\.0", outdated)
    assert "team-features" in _good(team("tree", cwd=model))
    _good(team("build", "-q", cwd=model))
    _commit(repository, "upgrade features")

    # CI finds what two of them forgot, both at once, and is content once they have built.
    for name in ("m05", "m06"):
        path = repository / "models" / name / "model_code/factor.py"
        path.write_text("ADDED = 5.0\n")
    _commit(repository, "forgotten")
    second = _clone(repository, folder / "ci again")
    forgotten = team("build", "--locked", "--format", "concise", cwd=second)
    assert forgotten.returncode == 3
    assert "models/m05" in forgotten.stderr
    assert "models/m06" in forgotten.stderr
    for name in ("m05", "m06"):
        _good(team("build", "-q", cwd=repository / "models" / name))
    _commit(repository, "remembered")
    git("pull", "-q", cwd=second)
    _good(team("build", "--locked", "-q", cwd=second))

    # Predictions through a pipe.
    package = second / "models/m05/dist/m05-small"
    rows = subprocess.run(
        f"printf 'x\\n1.5\\n' | {sys.executable} -m mlpack predict '{package}' -i - 2>/dev/null"
        " | jq -c .predictions",
        shell=True,
        cwd=second,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MLPACK_CACHE_DIR": str(folder / "cache"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(rows.stdout) == [{"x": 8.0}], rows.stderr

    # Evening: the caches go to a machine without a network, and the commit is built there.
    _good(team("fetch", "-q", cwd=repository / "models/m03"))
    shutil.copytree(folder / "cache", folder / "copied", symlinks=True)
    closed = _clone(repository, folder / "closed")
    alone = subprocess.run(
        [*cut_off(), sys.executable, "-m", "mlpack", "build", "--locked", "--offline"],
        cwd=closed / "models/m03",
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": "/nonexistent",
            "MLPACK_CACHE_DIR": str(folder / "copied"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 0, alone.stderr
    assert (closed / "models/m03/mlpack.lock").read_bytes() == (
        repository / "models/m03/mlpack.lock"
    ).read_bytes()
