"""Builds that are killed, interrupted or run at once: never a damaged package or lock.

``python -m tests.workflow.test_crashes 200 FOLDER`` kills as often as told, on a project made in
FOLDER, and prints what it counted.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from mlpack.digest import tree_digest
from mlpack.lock.text import read_lock
from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MODEL, Project, write_project

pytestmark = pytest.mark.slow


def _start(root: Path, *args: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlpack", "build", *args],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _check(root: Path, known: dict[str, str]) -> str:
    """Hold the package and the lock to be whole; return which model the package holds."""
    lock = read_lock(root / "mlpack.lock")
    digest = tree_digest(root / "dist/doubler").digest
    assert digest in known, f"a package that no build made: {digest}"
    assert lock.outputs[""].package in known
    return known[digest]


def _kill_often(root: Path, count: int, seed: int) -> Counter[str]:
    chance = random.Random(seed)
    code = root / "model_code/doubler.py"
    known: dict[str, str] = {}
    started = time.monotonic()
    for factor in ("2", "3"):
        code.write_text(MODEL.replace("* 2", f"* {factor}"))
        assert _start(root).wait() == 0
        known[tree_digest(root / "dist/doubler").digest] = factor
    usual = (time.monotonic() - started) / 2
    seen: Counter[str] = Counter()
    for turn in range(count):
        code.write_text(MODEL.replace("* 2", f"* {'23'[turn % 2]}"))
        build = _start(root)
        time.sleep(chance.uniform(0, usual * 1.1))
        alive = build.poll() is None
        if alive:
            build.kill()
        build.wait()
        seen["killed" if alive else "finished first"] += 1
        seen[f"package of model {_check(root, known)}"] += 1
    assert _start(root).wait() == 0
    _check(root, known)
    leftovers = [path.name for path in (root / "dist").iterdir() if path.name.startswith(".")]
    assert not leftovers, leftovers
    return seen


def test_a_kill_at_any_moment_leaves_a_whole_package(project: Project) -> None:
    seen = _kill_often(project(), 6, seed=1)
    assert sum(seen[key] for key in ("killed", "finished first")) == 6


def test_an_interrupt_ends_the_children_too(project: Project, tmp_path: Path) -> None:
    marker = tmp_path / "predicting"
    hanging = f"import pathlib, time; pathlib.Path({str(marker)!r}).touch(); time.sleep(600)"
    root = project(model=MODEL.replace("return", f"{hanging}\n        return"))
    build = _start(root)
    deadline = time.monotonic() + 240
    while not marker.exists():
        assert time.monotonic() < deadline
        assert build.poll() is None
        time.sleep(0.1)
    children = _below(build.pid)
    build.send_signal(signal.SIGINT)
    assert build.wait(timeout=60) == 130
    assert len(children) > 1, "the build had no children to end"
    time.sleep(0.5)
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    assert not [path for path in root.glob("dist/.*") if path.is_dir()]


def _below(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    found = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, listed.read_text().split()):
            found += [child, *_below(child)]
    return found


def test_builds_at_once_give_one_whole_package(project: Project, mlpack: Mlpack) -> None:
    root = project()
    builds = [_start(root, "--force") for _ in range(4)]
    assert [build.wait() for build in builds] == [0] * 4
    lock = read_lock(root / "mlpack.lock")
    assert tree_digest(root / "dist/doubler").digest == lock.outputs[""].package
    assert "is up to date" in mlpack("build", cwd=root).stdout


if __name__ == "__main__":
    kills, folder = int(sys.argv[1]), Path(sys.argv[2]).absolute()
    print(_kill_often(write_project(folder), kills, seed=int(time.time())))
