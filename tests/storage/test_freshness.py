"""Kept answers hold until anything that they depend on moves."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from mlpack.storage import stat
from mlpack.storage.stat import keep_answer, kept_answer, tree_paths

ASKED = ("version", "question")


def keep(cache: Path, root: Path) -> None:
    # As if the answer was looked for a while after the files were written.
    begun = time.time_ns() + 10**9
    keep_answer(str(cache), ASKED, "yes", tree_paths([root]), begun=begun)


def test_an_answer_holds_until_a_file_moves(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (root / "deep" / "file").write_text("one")
    assert kept_answer(str(cache), ASKED) is None
    keep(cache, root)
    assert kept_answer(str(cache), ASKED) == "yes"
    assert kept_answer(str(cache), ("version", "another")) is None
    time.sleep(0.03)
    (root / "deep" / "file").write_text("two")
    assert kept_answer(str(cache), ASKED) is None
    keep(cache, root)
    time.sleep(0.03)
    (root / "deep" / "added").write_text("")
    assert kept_answer(str(cache), ASKED) is None
    keep(cache, root)
    (root / "deep" / "file").unlink()
    assert kept_answer(str(cache), ASKED) is None


def test_a_time_that_was_set_back_is_seen(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    root.mkdir()
    (root / "file").write_text("one")
    before = (root / "file").stat()
    keep(cache, root)
    time.sleep(0.03)
    (root / "file").write_text("two")
    os.utime(root / "file", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kept_answer(str(cache), ASKED) is None


def test_what_moves_meanwhile_is_not_kept(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    root.mkdir()
    begun = time.time_ns()
    (root / "file").write_text("edited while the answer was looked for")
    keep_answer(str(cache), ASKED, "yes", tree_paths([root]), begun=begun)
    assert kept_answer(str(cache), ASKED) is None


def test_a_coarse_clock_is_given_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where files are stamped by the second, an edit in the same second leaves the stamp as is."""
    second = time.time_ns() // 10**9 * 10**9
    monkeypatch.setattr(stat, "_stamp", lambda path: [0, second, 0, second])
    cache = str(tmp_path)
    keep_answer(cache, ASKED, "yes", ["file"], begun=second + 10**9)
    assert kept_answer(cache, ASKED) is None
    keep_answer(cache, ASKED, "yes", ["file"], begun=second + 3 * 10**9)
    assert kept_answer(cache, ASKED) == "yes"


def test_a_damaged_answer_is_none(tmp_path: Path) -> None:
    cache, root = tmp_path / "cache", tmp_path / "root"
    root.mkdir()
    keep(cache, root)
    (place,) = (cache / "answers").iterdir()
    for damage in ("", "[]", "{", '{"answer": "yes"}'):
        place.write_text(damage)
        assert kept_answer(str(cache), ASKED) is None
