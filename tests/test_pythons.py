"""mlpack itself runs on every Python that it claims, and makes the same package on each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conditions import PLAIN, Condition, build_under, mlpack_on
from tests.workflow.conftest import shared_lock, write_project

__all__ = ["shared_lock"]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("minor", ["3.10", "3.12", "3.13"])
def test_another_python_makes_the_same_package(
    minor: str, tmp_path: Path, shared_lock: Path
) -> None:
    program = mlpack_on(minor, tmp_path / "venv")
    if program is None:
        pytest.skip(f"there is no Python {minor} on this machine")
    project = write_project(tmp_path / "project")
    (project / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    there = Condition(name=f"mlpack on {minor}", program=program)
    digests = [build_under(one, project, tmp_path / one.name) for one in (PLAIN, there)]
    assert digests[0] == digests[1]
