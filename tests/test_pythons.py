"""mlpack itself runs on every Python that it claims, and makes the same package on each."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.conditions import PLAIN, Condition, build_under, mlpack_on
from tests.conftest import ROOT
from tests.workflow.conftest import shared_lock, write_project

__all__ = ["shared_lock"]

pytestmark = pytest.mark.slow

TIMES = (
    "2026-01-02",
    "2026-01-02T03:04",
    "2026-01-02 03:04:05.5",
    "2026-01-02T03:04:05.123456789Z",
    "2026-01-02T03:04:05+02",
    "2026-01-02T03:04:05+0200",
    "2024-02-29T23:59:59-11:30",
)
# Python 3.11 reads some of these as times and 3.10 does not, or the other way around.
NO_TIMES = (
    "",
    "20260102",
    "2026-W01-5",
    "2026-01",
    "2026-01-02T03",
    "2026-01-02x03:04",
    "2026-01-02T03:04:05,5",
    "2026-01-02T24:00",
    "2026-01-02T03:04:05+25:00",
    "2026-02-29",
    "2026-01-02T03:04:05z",
    "2026-01-02T03:04:05Z\n",
    "\u0662\u0660\u0662\u0666-01-02",
)


@pytest.fixture(scope="module", params=["3.10", "3.12", "3.13"])
def another(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Condition:
    """Another Python that has mlpack."""
    program = mlpack_on(request.param, tmp_path_factory.mktemp("another") / "venv")
    if program is None:
        pytest.skip(f"there is no Python {request.param} on this machine")
    return Condition(name=f"mlpack on {request.param}", program=program)


def test_another_python_makes_the_same_package(
    another: Condition, tmp_path: Path, shared_lock: Path
) -> None:
    project = write_project(tmp_path / "project")
    (project / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    digests = [build_under(one, project, tmp_path / one.name) for one in (PLAIN, another)]
    assert digests[0] == digests[1]


def test_another_python_reads_the_same_times(another: Condition) -> None:
    script = (
        "import json, sys; from mlpack.manifest.rules.values import is_time; "
        "print(json.dumps([text for text in json.load(sys.stdin) if is_time(text)]))"
    )
    for one in (PLAIN, another):
        done = subprocess.run(
            [one.program, "-c", script],
            cwd=ROOT,
            input=json.dumps(TIMES + NO_TIMES),
            capture_output=True,
            text=True,
            check=True,
        )
        assert json.loads(done.stdout) == list(TIMES), one.name
