"""What was written reaches the disk, file by file or all at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlpack.storage import atomic
from mlpack.storage.atomic import sync_tree


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Hear of the inode of all that is synced by itself."""
    heard: set[int] = set()
    real = os.fsync

    def fsync(descriptor: int) -> None:
        heard.add(os.fstat(descriptor).st_ino)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return heard


def _tree(root: Path, count: int) -> set[int]:
    for number in range(count):
        path = root / f"{number % 7}/{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(number))
    return {path.stat().st_ino for path in [root, *root.rglob("*")]}


def test_every_file_and_folder_is_synced(tmp_path: Path, synced: set[int]) -> None:
    expected = _tree(tmp_path / "package", 40)
    sync_tree(tmp_path / "package")
    assert synced == expected


def test_many_files_are_synced_at_once(
    tmp_path: Path, synced: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = _tree(tmp_path / "package", 600)
    real, asked = atomic._sync_file_system, []
    monkeypatch.setattr(atomic, "_sync_file_system", lambda path: asked.append(path) or real(path))
    sync_tree(tmp_path / "package")
    assert asked == [tmp_path / "package"]
    assert synced in (set(), expected)


def test_without_such_a_call_each_is_synced(
    tmp_path: Path, synced: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(atomic.sys, "platform", "darwin")
    expected = _tree(tmp_path / "package", 600)
    sync_tree(tmp_path / "package")
    assert synced == expected


def test_a_file_that_vanishes_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.sync(tmp_path / "nothing")
