"""Every form that builds has a folder: ``cases/build/<name>/``, a whole project.

``expected.json`` says what its packages predict from their own example, as `mlpack predict` writes
it; where the manifest has variants, by their names. ``warnings.txt`` has the codes that the build
warns with, one a line. A project that must not build has ``stderr.txt`` instead, with the exact
text, and ``exit.txt``. What builds is built a second time from a copy, to the same digests.
Addresses that end with ``.invalid`` are those of ``served``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.lock.requirements import this_machine
from tests.conftest import Mlpack
from tests.served import fill, places
from tests.test_cases import normal

CASES = Path(__file__).parent / "cases" / "build"
OURS = shutil.ignore_patterns(
    "expected.json", "stderr.txt", "exit.txt", "warnings.txt", "__pycache__"
)

BY_MLFLOW = Path(__file__).parent / "by_mlflow.py"

pytestmark = [pytest.mark.slow, pytest.mark.network]


def _folders(file: str) -> list[object]:
    return [pytest.param(path.parent, id=path.parent.name) for path in sorted(CASES.glob(file))]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with places(CASES, tmp_path_factory.mktemp("gits")) as found:
        yield found


def _copied(folder: Path, to: Path, served: dict[str, str]) -> Path:
    shutil.copytree(folder, to, symlinks=True, ignore=OURS)
    fill(to, served)
    return to


@pytest.mark.parametrize("folder", _folders("*/expected.json"))
def test_it_builds_predicts_and_builds_the_same_again(
    folder: Path, tmp_path: Path, mlpack: Mlpack, served: dict[str, str]
) -> None:
    project = _copied(folder, tmp_path / "project", served)
    built = mlpack("build", "--format", "json", cwd=project, env=_given(project))
    assert built.returncode == 0, built.stdout + built.stderr
    listed = folder / "warnings.txt"
    assert _warnings(built.stdout) == (listed.read_text().split() if listed.exists() else [])
    expected = json.loads((folder / "expected.json").read_text())
    assert _predicted(project, mlpack) == expected

    copy = _copied(folder, tmp_path / "a copy", served)
    shutil.copy(project / "mlpack.lock", copy)
    again = mlpack("build", "--locked", "--skip-inference", cwd=copy)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize("folder", _folders("*/stderr.txt"))
def test_it_is_refused_with_exactly_these_words(
    folder: Path, tmp_path: Path, mlpack: Mlpack, served: dict[str, str]
) -> None:
    project = _copied(folder, tmp_path / "project", served)
    done = mlpack("-q", "build", cwd=project)
    said = _portable(normal(done.stderr, project))
    if os.environ.get("MLPACK_UPDATE_CASES"):
        (folder / "stderr.txt").write_text(said)
        (folder / "exit.txt").write_text(f"{done.returncode}\n")
    assert said == (folder / "stderr.txt").read_text()
    assert done.returncode == int((folder / "exit.txt").read_text())
    assert not list(project.glob("dist/*"))


def _portable(text: str) -> str:
    """Leave out what another machine says otherwise: frames of libraries, the log's place."""
    text = re.sub(
        r'    File "(?:/[^"]+|ENVIRONMENT)/lib/python3[^"]+", line .*\n      .*\n', "", text
    )
    text = re.sub(r"output is in \S+", "output is in LOG", text)
    return text.replace(this_machine(), "THIS-MACHINE")


def test_every_case_says_what_it_must_give() -> None:
    for folder in sorted(CASES.iterdir()):
        given = {path.name for path in folder.iterdir()} & {"expected.json", "stderr.txt"}
        assert len(given) == 1, f"{folder.name} has one of expected.json and stderr.txt"


def _given(project: Path) -> dict[str, str]:
    """Return what the caller's environment has for a model that is let see some of it."""
    verify = yaml.safe_load((project / "mlpack.yaml").read_text()).get("verify", {})
    return dict.fromkeys(verify.get("pass_env", ()), "from the caller")


def _warnings(report: str) -> list[str]:
    return sorted(problem["code"] for problem in json.loads(report)["problems"])


def _predicted(project: Path, mlpack: Mlpack) -> Any:
    """Return what the packages predict through MLflow alone, those of one environment at once."""
    manifest = yaml.safe_load((project / "mlpack.yaml").read_text())
    groups: dict[str, list[str]] = {}
    for name, variant in manifest.get("variants", {"": None}).items():
        asked = {**manifest, **(variant or {})}
        surroundings = asked.get("verify", {}).get("env", {})
        key = json.dumps([asked["python"], asked["dependencies"], surroundings])
        groups.setdefault(key, []).append(name)
    output = project / manifest.get("build", {}).get("output", "dist")
    found: dict[str, Any] = {}
    for key, names in groups.items():
        which = ("--variant", names[0]) if names[0] else ()
        packages = [output / f"{manifest['name']}-{name}".rstrip("-") for name in names]
        command = ("python", BY_MLFLOW, *packages)
        env = {**_given(project), **json.loads(key)[2]}
        done = mlpack("-q", "run", *which, "--", *command, cwd=project, env=env)
        assert done.returncode == 0, done.stderr
        found.update(zip(names, json.loads(done.stdout.splitlines()[-1]), strict=True))
    return found.get("", found)
