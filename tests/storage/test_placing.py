"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from mlpack.core.errors import OutsideError
from mlpack.storage.atomic import place_folder, write_whole
from mlpack.storage.staging import staging


def _folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "MLmodel").write_text(content)
    return path


def _silent(text: str) -> None:
    raise AssertionError(f"nothing to wait for: {text}")


def test_a_folder_takes_an_empty_place(tmp_path: Path) -> None:
    place_folder(_folder(tmp_path / "new", "1"), tmp_path / "target")
    assert (tmp_path / "target/MLmodel").read_text() == "1"


def test_readers_never_miss_a_package_that_is_replaced(tmp_path: Path) -> None:
    target = _folder(tmp_path / "target", "0")
    missed: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            if not (target / "MLmodel").exists():
                missed.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(1, 60):
        place_folder(_folder(tmp_path / f"new{turn}", str(turn)), target)
    stop.set()
    reader.join()
    assert (target / "MLmodel").read_text() == "59"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["target"]
    assert not missed


def test_a_staging_folder_lies_beside_the_target_and_goes(tmp_path: Path) -> None:
    target = tmp_path / "dist/model"
    with staging(target, tmp_path / "locks", waiting=_silent) as folder:
        assert folder.parent == target.parent
        (folder / "half").write_text("")
    assert list(target.parent.iterdir()) == []


def test_leftovers_of_killed_builds_are_swept(tmp_path: Path) -> None:
    target = tmp_path / "dist/model"
    _folder(tmp_path / "dist/.model.mlpack-dead", "half")
    _folder(tmp_path / "dist/.other.mlpack-alive", "not ours")
    with staging(target, tmp_path / "locks", waiting=_silent):
        pass
    assert [path.name for path in target.parent.iterdir()] == [".other.mlpack-alive"]


def test_a_package_moved_aside_by_a_killed_build_comes_back(tmp_path: Path) -> None:
    target = tmp_path / "dist/model"
    _folder(tmp_path / "dist/.model.mlpack-dead.old", "good")
    with staging(target, tmp_path / "locks", waiting=_silent):
        assert (target / "MLmodel").read_text() == "good"


def test_a_second_build_waits_and_says_so(tmp_path: Path) -> None:
    target = tmp_path / "dist/model"
    told: list[str] = []
    order: list[str] = []

    def second() -> None:
        with staging(target, tmp_path / "locks", waiting=told.append):
            order.append("second")

    with staging(target, tmp_path / "locks", waiting=_silent):
        thread = threading.Thread(target=second)
        thread.start()
        while not told:
            pass
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    assert "waiting for it" in told[0]


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "mlpack.lock"
    write_whole(path, b"one")
    write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert [child.name for child in tmp_path.iterdir()] == ["mlpack.lock"]


def test_a_folder_that_is_not_there_is_an_outside_error(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot write"):
        write_whole(tmp_path / "no/such/folder", b"")
