"""Times of steps, and logs of failed ones, below the cache folder."""

from __future__ import annotations

import os
from pathlib import Path

from mlpack.adapters.uv.command import shortened
from mlpack.core.errors import OutsideError
from mlpack.storage import cache
from mlpack.storage.cache import Durations


def test_a_step_is_known_the_next_time_and_to_its_project_alone(tmp_path: Path) -> None:
    first = Durations(cache=tmp_path, project="/a")
    assert first.expected("Preparing (62 packages)") is None
    first.took("Preparing (62 packages)", 3.456)
    first.keep()
    again = Durations(cache=tmp_path, project="/a")
    assert again.expected("Preparing (63 packages)") == 3.46
    assert Durations(cache=tmp_path, project="/b").expected("Preparing (62 packages)") is None
    again.took("Saving", 1)
    again.keep()
    assert Durations(cache=tmp_path, project="/a").expected("Preparing (1 packages)") == 3.46


def test_a_damaged_file_or_a_cache_that_cannot_be_is_no_error(tmp_path: Path) -> None:
    kept = Durations(cache=tmp_path, project="/a")
    kept.took("x", 1)
    kept.keep()
    (file,) = (tmp_path / "steps").iterdir()
    for content in (b"[1", b"[1]", b'{"x": "long"}'):
        file.write_bytes(content)
        assert Durations(cache=tmp_path, project="/a").expected("x") is None
    (tmp_path / "file").touch()
    nowhere = Durations(cache=tmp_path / "file", project="/a")
    nowhere.took("x", 1)
    nowhere.keep()


def test_old_logs_are_removed(tmp_path: Path) -> None:
    folder = cache.log_folder(tmp_path)
    folder.mkdir()
    for number in range(cache.KEPT + 5):
        (folder / f"model-{number}.log").touch()
        os.utime(folder / f"model-{number}.log", (number, number))
    (folder / "else.txt").touch()
    assert cache.log_folder(tmp_path) == folder
    left = sorted(int(path.stem[6:]) for path in folder.glob("*.log"))
    assert left == list(range(5, cache.KEPT + 5))
    assert (folder / "else.txt").exists()


def test_a_long_error_is_cut_and_kept_whole(tmp_path: Path) -> None:
    text = "\n".join(f"line {number}" for number in range(100))
    error = shortened(OutsideError("no", hint="try", details=text), tmp_path / "logs")
    assert isinstance(error, OutsideError)
    assert (error.details or "").splitlines()[0] == "line 80"
    (log,) = (tmp_path / "logs").iterdir()
    assert log.read_text() == f"{text}\n"
    assert error.hint == f"try; the full output is in {log}"
    short = OutsideError("no", details="one line")
    assert shortened(short, tmp_path / "logs") is short
    assert shortened(OutsideError("no", details=text), None).details == text
