"""Machines that are not a laptop: no home, other people's caches, file systems without programs.

Each names its true cause and the variable to set, and is ready once that is set.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

# A user that the system knows nothing of, as containers have; it can read what root owns.
READS = "+dac_read_search"
STRANGER = [
    *("setpriv", "--reuid=23456", "--regid=23456", "--clear-groups"),
    *(f"--inh-caps={READS}", f"--ambient-caps={READS}"),
]
Run = Callable[..., "subprocess.CompletedProcess[str]"]
MOVE = "set MLPACK_CACHE_DIR to a folder that you may write to"


@pytest.fixture
def stranger(project: Project) -> Run:
    """Run mlpack in a project as a user without a home, under no variables but those given."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, with setpriv")
    root = project()
    for path in (root, *root.rglob("*")):
        os.chown(path, 23456, 23456)

    def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return _run(root, *arguments, prefix=STRANGER, **environ)

    return run


def _run(
    root: Path, *arguments: str, prefix: list[str] | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*(prefix or []), sys.executable, "-m", "mlpack", "-q", *arguments],
        cwd=root,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert "internal error in mlpack" not in done.stderr
    return done


def test_validate_needs_no_home(stranger: Run) -> None:
    assert stranger("validate").returncode == 0


def test_without_a_home_the_cache_has_no_place(stranger: Run) -> None:
    for command in ("build", "doctor"):
        done = stranger(command)
        assert done.returncode == 7, done.stderr
        assert "this user has no home folder" in done.stderr
        assert MOVE in done.stderr


@pytest.mark.parametrize("home", ["/", "/nonexistent", "/proc"])
def test_a_home_that_cannot_be_written(stranger: Run, home: str) -> None:
    done = stranger("build", HOME=home)
    assert done.returncode == 7, done.stderr
    assert f"uv cannot write to its cache folder {Path(home) / '.cache/uv'}" in done.stderr
    assert MOVE in done.stderr
    assert "Python 3.11 is not installed" not in done.stderr
    told = stranger("doctor", "--offline", HOME=home).stdout
    assert told.count("error[cache-unwritable]") == 2
    assert "is not installed" not in told


def test_one_variable_is_enough(stranger: Run, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.mkdir()
    moved.chmod(0o777)
    done = stranger("doctor", "--offline", MLPACK_CACHE_DIR=str(moved))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "uv cache" not in done.stdout
    assert (moved / "uv/CACHEDIR.TAG").is_file()


def test_another_users_packages(stranger: Run, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    variables = {"UV_CACHE_DIR": str(theirs), "MLPACK_CACHE_DIR": str(tmp_path / "mine")}
    done = stranger("build", **variables)
    assert done.returncode == 7, done.stderr
    assert f"{theirs}, which belongs to root: Permission denied" in done.stderr
    assert "set UV_CACHE_DIR to a folder that you may write to" in done.stderr


def test_no_folder_for_temporary_files() -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None or ROOT.is_relative_to("/tmp"):
        pytest.skip("only root can hide the folders for temporary files, with unshare")
    hidden = "for each in /tmp /var/tmp; do mount -t tmpfs -o ro none $each || exit 99; done"
    script = f'{hidden}; mount -t tmpfs none /mnt || exit 99; cd /tmp && "$@"'
    command = [sys.executable, "-m", "mlpack", "doctor", "--offline"]
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script, "sh", *command],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "MLPACK_CACHE_DIR": "/mnt/cache"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode in (1, 99) and "mlpack" not in done.stderr and not done.stdout:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    assert "error[no-temporary-folder]" in done.stdout, done.stderr
    assert "Set TMPDIR to a folder that you may write to." in done.stdout


@pytest.fixture
def noexec(tmp_path: Path) -> Iterator[Path]:
    """A file system that no program may be started from."""
    folder = tmp_path / "noexec"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "noexec,size=2g", "none", folder]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_cache_on_a_file_system_without_programs(project: Project, noexec: Path) -> None:
    for command in ("build", "doctor --offline"):
        done = _run(project(), *command.split(), MLPACK_CACHE_DIR=str(noexec / "cache"))
        assert done.returncode == 7, done.stderr
        said = done.stdout + done.stderr
        assert "is on a file system mounted with `noexec`" in said
        assert "et MLPACK_CACHE_DIR to a folder on another file system" in said


def test_temporary_files_may_be_on_a_file_system_without_programs(
    project: Project, noexec: Path, cache: Path
) -> None:
    variables = {"MLPACK_CACHE_DIR": str(cache), "UV_CACHE_DIR": os.environ["UV_CACHE_DIR"]}
    done = _run(project(), "build", "--offline", TMPDIR=str(noexec), **variables)
    assert done.returncode == 0, done.stderr


def test_no_variable_but_the_cache_is_needed(project: Project, cache: Path) -> None:
    root = project()
    done = subprocess.run(
        [sys.executable, "-m", "mlpack", "-q", "build", "--offline"],
        cwd=root,
        env={
            "PYTHONPATH": str(ROOT),
            "MLPACK_CACHE_DIR": str(cache),
            "UV_CACHE_DIR": os.environ["UV_CACHE_DIR"],
            "HOME": "/nonexistent",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (root / "dist/doubler/MLmodel").is_file()
