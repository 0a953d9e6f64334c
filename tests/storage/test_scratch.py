"""Temporary folders: gone when done with, and swept by the next process where one was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mlpack.core.errors import OutsideError
from mlpack.storage.staging import scratch_folder
from tests.conftest import ROOT

_HOLD = """
import sys
from pathlib import Path
from mlpack.storage.staging import scratch_folder

with scratch_folder(Path(sys.argv[1])) as folder:
    (folder / "weights").write_bytes(b"w")
    print(folder, flush=True)
    sys.stdin.read()
"""


def _holder(base: Path) -> tuple[subprocess.Popen[str], Path]:
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, base],
        env={"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def test_a_folder_is_gone_when_done_with_or_failed_in(tmp_path: Path) -> None:
    with scratch_folder(tmp_path) as folder:
        (folder / "a").mkdir()
    with pytest.raises(KeyError), scratch_folder(tmp_path) as folder:
        (folder / "b").write_text("b")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path: Path) -> None:
    theirs = tmp_path / "mlpack-notes"
    theirs.mkdir()
    dead, left = _holder(tmp_path)
    living, kept = _holder(tmp_path)
    dead.kill()
    dead.wait()
    assert (left / "weights").exists()
    with scratch_folder(tmp_path) as folder:
        assert sorted(tmp_path.iterdir()) == sorted([theirs, kept, folder])
        assert (kept / "weights").exists()
    living.communicate("")
    assert list(tmp_path.iterdir()) == [theirs]


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot write"), scratch_folder(tmp_path / "gone"):
        pass
