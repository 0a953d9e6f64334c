"""Several files appear together, or not at all."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from mlpack.core.errors import OutsideError
from mlpack.storage.scaffold import plant

FILES = {PurePosixPath("a.txt"): b"new", PurePosixPath("deep/er/b.txt"): b"b"}


def silent(text: str) -> None:
    """Hear nothing."""


def test_a_new_folder_appears_with_all_of_it(tmp_path: Path) -> None:
    plant(tmp_path / "one/two", FILES, tmp_path / "locks", waiting=silent)
    assert (tmp_path / "one/two/deep/er/b.txt").read_bytes() == b"b"
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["two"]


def test_other_files_of_a_folder_stay(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep/mine").write_text("mine")
    (root / "a.txt").write_text("old")
    plant(root, FILES, tmp_path / "locks", waiting=silent)
    found = {path.name: path.read_text() for path in root.rglob("*") if path.is_file()}
    assert found == {"a.txt": "new", "b.txt": "b", "mine": "mine"}
    assert not list(root.glob(".*"))


def test_a_failure_puts_everything_back(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.txt").write_text("old")
    (root / "in").write_text("a file where a folder is needed")
    files = {**FILES, PurePosixPath("in/c.txt"): b"c"}
    with pytest.raises(OutsideError):
        plant(root, files, tmp_path / "locks", waiting=silent)
    assert {path.name: path.read_text() for path in root.rglob("*")} == {
        "a.txt": "old",
        "in": "a file where a folder is needed",
    }


def test_a_folder_that_cannot_be_made_leaves_no_parents(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError):
        plant(tmp_path / "file/root", FILES, tmp_path / "locks", waiting=silent)
    with pytest.raises(OutsideError):
        plant(tmp_path / "p" / ("x" * 300), FILES, tmp_path / "locks", waiting=silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "locks"]
