"""Builds that are killed, interrupted or run at once: never a damaged package or lock.

``python -m tests.workflow.test_crashes 200 FOLDER`` kills as often as told, on a project made in
FOLDER, and prints what it counted; every tenth time eight builds run at once and half are killed.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from mlpack.core.digest import file_digests, tree_digest
from mlpack.lock.text import read_lock
from mlpack.package.record_reading import record_of
from tests.conftest import ROOT, Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project, write_project

pytestmark = pytest.mark.slow


def _start(
    root: Path, *args: str, told: IO[bytes] | int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mlpack", "build", *args],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=told,
        start_new_session=True,
    )


def _check(root: Path, known: dict[str, str]) -> str:
    """Hold package, record and lock to be whole; return which model the package holds."""
    lock = read_lock(root / "mlpack.lock")
    package = root / "dist/doubler"
    tree = tree_digest(package)
    assert tree.digest in known, f"a package that no build made: {tree.digest}"
    assert lock.outputs[""].package in known
    record = record_of(package)
    assert record is None or record.files == file_digests(tree)
    return known[tree.digest]


def _write_model(root: Path, factor: str) -> None:
    (root / "model_code/doubler.py").write_text(MODEL.replace("* 2", f"* {factor}"))


def _kill_often(root: Path, count: int, seed: int, *, crowds: bool = False) -> Counter[str]:
    chance = random.Random(seed)
    known: dict[str, str] = {}
    started = time.monotonic()
    for factor in ("2", "3"):
        _write_model(root, factor)
        assert _start(root, "--force").wait() == 0
        known[tree_digest(root / "dist/doubler").digest] = factor
    usual = (time.monotonic() - started) / 2
    seen: Counter[str] = Counter()
    for turn in range(count):
        _write_model(root, "23"[turn % 2])
        size = 8 if crowds and turn % 10 == 9 else 1
        builds = [_start(root, "--force") for _ in range(size)]
        for build in builds[: max(1, size // 2)]:
            time.sleep(chance.uniform(0, usual * 1.1) / size)
            alive = build.poll() is None
            if alive:
                build.kill()
            seen["killed" if alive else "finished first"] += 1
        for build in builds:
            build.wait()
        assert size == 1 or {build.returncode for build in builds[size // 2 :]} == {0}
        seen[f"package of model {_check(root, known)}"] += 1
        seen["with its record" if record_of(root / "dist/doubler") else "without a record"] += 1
    # A worker of the last one killed may live for a second more, and write.
    time.sleep(1.5)
    assert _start(root, "--force").wait() == 0
    _check(root, known)
    assert record_of(root / "dist/doubler") is not None
    leftovers = [path.name for path in (root / "dist").iterdir() if path.name.startswith(".")]
    assert not leftovers, leftovers
    assert sorted(path.name for path in root.iterdir() if path.name.startswith(".")) == []
    return seen


def test_a_kill_at_any_moment_leaves_a_whole_package(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    seen = _kill_often(project(), 6, seed=1)
    assert seen["killed"] + seen["finished first"] == 6
    # What killed processes left in the temporary folder is swept too.
    assert not [path.name for path in temporary.iterdir() if "scratch" in path.name]


SLEEPER = MODEL.replace(
    "return",
    """import os, pathlib, time
        mark = pathlib.Path({mark!r})
        mark.write_text(str(os.getpid()))
        while mark.exists():
            time.sleep(0.05)
        return""",
)


def _wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def _processes_of(session: int) -> set[int]:
    """Return a build's process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    found = {session}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_an_interrupt_ends_the_children_too(
    project: Project, tmp_path: Path, number: signal.Signals
) -> None:
    mark = tmp_path / "mark"
    root = project(model=SLEEPER.format(mark=str(mark)))
    build = _start(root)
    _wait_for(lambda: mark.exists() and mark.read_text())
    family = _processes_of(build.pid)
    assert int(mark.read_text()) in family
    build.send_signal(number)
    assert build.wait(timeout=30) == 130
    _wait_for(lambda: not [pid for pid in family if Path(f"/proc/{pid}").exists()], 10)
    assert not list((root / "dist").iterdir())


def test_a_second_build_waits_for_the_first_and_says_so(project: Project, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    root = project(model=SLEEPER.format(mark=str(mark)))
    with (tmp_path / "told").open("wb") as told:
        first = _start(root)
        _wait_for(lambda: mark.exists() and mark.read_text())
        second = _start(root, told=told)
        _wait_for(lambda: b"another process is writing" in (tmp_path / "told").read_bytes())
        mark.unlink()
        deadline = time.monotonic() + 120
        while second.poll() is None and time.monotonic() < deadline:
            # The second may run a forward pass of its own.
            mark.unlink(missing_ok=True)
            time.sleep(0.05)
    assert (first.wait(), second.wait()) == (0, 0)
    _check(root, {tree_digest(root / "dist/doubler").digest: "either"})


def test_eight_builds_at_once_give_one_whole_package(project: Project, mlpack: Mlpack) -> None:
    root = project()
    builds = [_start(root, "--force") for _ in range(8)]
    assert [build.wait() for build in builds] == [0] * 8
    lock = read_lock(root / "mlpack.lock")
    _check(root, {lock.outputs[""].package: "only"})
    assert sorted(path.name for path in (root / "dist").iterdir()) == [
        "doubler",
        "doubler.intoto.json",
    ]
    assert "is up to date" in mlpack("build", cwd=root).stdout


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def _fill(disk: Path, left: int) -> None:
    free = os.statvfs(disk)
    (disk / "fill").write_bytes(b"x" * max(0, free.f_bavail * free.f_bsize - left))


@pytest.mark.parametrize("left", [0, 8_000, 24_000, 50_000])
def test_a_full_disk_leaves_the_old_package(
    project: Project, small_disk: Path, mlpack: Mlpack, left: int
) -> None:
    root = project()
    output = small_disk / "out"
    first = mlpack("build", "-o", output, cwd=root)
    assert first.returncode == 0, first.stderr
    before, lock = tree_digest(output / "doubler"), read_lock(root / "mlpack.lock")
    _fill(small_disk, left)
    _write_model(root, "3")
    done = mlpack("build", "-o", output, cwd=root)
    assert done.returncode == 7, done.stderr
    assert "no space left on the disk" in done.stderr or "No space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert tree_digest(output / "doubler") == before
    assert record_of(output / "doubler") is not None
    assert sorted(path.name for path in output.iterdir()) == ["doubler", "doubler.intoto.json"]
    assert read_lock(root / "mlpack.lock").outputs == lock.outputs


def test_room_for_artifacts_is_asked_for_first(
    project: Project, small_disk: Path, mlpack: Mlpack
) -> None:
    root = project(manifest=MANIFEST + "artifacts: {big: model_data/big.bin}\n")
    (root / "model_data").mkdir()
    (root / "model_data/big.bin").write_bytes(b"1" * 1_000_000)
    done = mlpack("build", "-o", small_disk / "out", cwd=root)
    assert done.returncode == 7, done.stderr
    assert "needs 1.0 MB and some to spare, and 0.3 MB are free there" in done.stderr
    assert [path.name for path in small_disk.rglob("*")] == ["out"]


def test_a_full_temporary_folder_is_a_clear_error(
    project: Project, small_disk: Path, mlpack: Mlpack
) -> None:
    root = project()
    _fill(small_disk, 12_000)
    done = mlpack("build", cwd=root, env={"TMPDIR": str(small_disk)})
    assert done.returncode == 7, done.stderr
    assert "no space left on the disk" in done.stderr
    assert [path.name for path in small_disk.iterdir()] == ["fill"]


def test_a_read_only_target_is_a_clear_error(
    project: Project, small_disk: Path, mlpack: Mlpack
) -> None:
    root = project()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    done = mlpack("build", "-o", small_disk / "out", cwd=root)
    assert done.returncode == 7
    assert "cannot write" in done.stderr
    assert "choose another folder with -o/--output" in done.stderr


MEDDLER = """
import mlflow
from pathlib import Path


class Doubler(mlflow.pyfunc.PythonModel):
    def __init__(self):
        path = Path({path!r})
        {deed}

    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * 2
"""


def test_an_example_that_changes_meanwhile_is_named(
    project: Project, tmp_path: Path, mlpack: Mlpack
) -> None:
    shown = tmp_path / "project/model_data/shown.csv"
    root = project(
        model=MEDDLER.format(path=str(shown), deed="path.write_text('3')"),
        manifest=MANIFEST.replace(
            "input_example:\n", "input_example:\n  files: [model_data/shown.csv]\n"
        ),
    )
    shown.parent.mkdir()
    shown.write_text("[1]")
    done = mlpack("build", cwd=root)
    assert done.returncode == 4, done.stderr
    assert "example file model_data/shown.csv changed" in done.stderr
    assert not list((root / "dist").iterdir())


def test_findings_of_a_full_disk_are_for_programs_too(
    project: Project, small_disk: Path, mlpack: Mlpack
) -> None:
    root = project()
    _fill(small_disk, 8_000)
    done = mlpack("build", "-o", small_disk / "out", "--format", "json", cwd=root)
    assert done.returncode == 7
    assert json.loads(done.stdout)["problems"][0]["code"] == "outside"


if __name__ == "__main__":
    kills, folder = int(sys.argv[1]), Path(sys.argv[2]).absolute()
    tempfile.tempdir = str(folder)
    made = write_project(folder / "project")
    counted = _kill_often(made, kills, seed=int(time.time()), crowds=True)
    print("\n".join(f"{count:4} {what}" for what, count in sorted(counted.items())))
