"""Digests are remembered only where a change is bound to show."""

from __future__ import annotations

import os
import sqlite3
import threading
from pathlib import Path

import pytest

from mlpack.core.digest import file_digest, sha256_bytes
from mlpack.core.errors import OutsideError
from mlpack.storage.digests import DigestMemory
from mlpack.storage.stat import now, state_of


@pytest.fixture
def memory(tmp_path: Path) -> DigestMemory:
    return DigestMemory(tmp_path / "cache")


def settled(path: Path, content: bytes) -> Path:
    """Write a file and let the clock move on, as between a build and the next one."""
    path.write_bytes(content)
    while not state_of(path).settled(now()):
        pass
    return path


def poisoned(cache: Path, digest: str) -> None:
    """Make the memory lie, so that what comes from it can be told from what is read."""
    with sqlite3.connect(cache / "digests-1.sqlite") as database:
        from mlpack.storage.digests import _insert, _rows

        rows = _rows(database, "1", ())
        _insert(database, [row._replace(digest=digest) for row in rows])


LIE = sha256_bytes(b"a lie")


def test_an_unchanged_file_is_not_read_again(memory: DigestMemory, tmp_path: Path) -> None:
    file = settled(tmp_path / "weights", b"12345")
    assert memory.digest_of(file) == file_digest(file)
    poisoned(tmp_path / "cache", LIE)
    assert memory.digest_of(file) == LIE
    assert DigestMemory(tmp_path / "cache", paranoid=True).digest_of(file) == file_digest(file)
    # What a paranoid reader found replaces what was remembered.
    assert memory.digest_of(file) == file_digest(file)


@pytest.mark.parametrize("change", ["bytes", "bytes and times", "mode", "replaced", "linked"])
def test_whatever_touches_a_file_has_it_read_again(
    memory: DigestMemory, tmp_path: Path, change: str
) -> None:
    file = settled(tmp_path / "weights", b"12345")
    memory.digest_of(file)
    poisoned(tmp_path / "cache", LIE)
    before = file.stat()
    if change.startswith("bytes"):
        file.write_bytes(b"54321")
    if change == "bytes and times":
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    if change == "mode":
        file.chmod(0o600)
    if change == "replaced":
        other = settled(tmp_path / "other", b"54321")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        other.replace(file)
    if change == "linked":
        os.link(file, tmp_path / "another name")
    assert memory.digest_of(file) == file_digest(file) != LIE


def test_a_file_written_just_now_is_not_trusted(memory: DigestMemory, tmp_path: Path) -> None:
    file = tmp_path / "weights"
    for turn in range(200):
        file.write_bytes(b"%05d" % turn)
        assert memory.digest_of(file) == file_digest(file)
        file.write_bytes(b"%05d" % (turn + 1))
        assert memory.digest_of(file) == file_digest(file)


def test_a_coarse_clock_is_given_its_time(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"1")
    second = state_of(file).mtime // 1_000_000_000 * 1_000_000_000
    state = type(state_of(file))(1, second, 1, second)
    assert not state.settled(second + 2_000_000_000)
    assert state.settled(second + 3_000_000_000)


def test_a_renamed_folder_keeps_its_digests(memory: DigestMemory, tmp_path: Path) -> None:
    (tmp_path / "staged").mkdir()
    (tmp_path / "stages").mkdir()
    settled(tmp_path / "stages/other", b"other")
    file = settled(tmp_path / "staged/weights", b"12345")
    memory.contents([file, tmp_path / "stages/other"])
    poisoned(tmp_path / "cache", LIE)
    (tmp_path / "staged").rename(tmp_path / "target")
    memory.moved(tmp_path / "staged", tmp_path / "target")
    assert memory.digest_of(tmp_path / "target/weights") == LIE
    assert memory.digest_of(tmp_path / "stages/other") == LIE


def test_names_need_not_be_utf_8(memory: DigestMemory, tmp_path: Path) -> None:
    file = settled(tmp_path / os.fsdecode(b"caf\xe9 '%_"), b"1")
    assert memory.digest_of(file) == memory.digest_of(file) == sha256_bytes(b"1")


def test_many_files_come_back_in_their_order(memory: DigestMemory, tmp_path: Path) -> None:
    files = [tmp_path / f"{number:04}" for number in range(2000)]
    for file in files:
        file.write_bytes(file.name.encode())
    settled(tmp_path / "last", b"")
    expected = [sha256_bytes(file.name.encode()) for file in files]
    for _ in range(2):
        assert [content.digest for content in memory.contents(files)] == expected
    poisoned(tmp_path / "cache", LIE)
    assert {content.digest for content in memory.contents(files[::-1])} == {LIE}


@pytest.mark.parametrize("damage", [b"not a database at all", b""])
def test_a_damaged_memory_is_made_anew(memory: DigestMemory, tmp_path: Path, damage: bytes) -> None:
    file = settled(tmp_path / "weights", b"12345")
    memory.digest_of(file)
    (tmp_path / "cache/digests-1.sqlite").write_bytes(damage * 100)
    for _ in range(3):
        assert memory.digest_of(file) == file_digest(file)
    poisoned(tmp_path / "cache", LIE)
    assert memory.digest_of(file) == LIE


def test_a_row_that_a_power_cut_mixed_up_is_not_believed(
    memory: DigestMemory, tmp_path: Path
) -> None:
    file = settled(tmp_path / "weights", b"12345")
    memory.digest_of(file)
    with sqlite3.connect(tmp_path / "cache/digests-1.sqlite") as database:
        database.execute("UPDATE files SET digest = ?", (bytes(32),))
    assert memory.digest_of(file) == file_digest(file)


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    file = settled(tmp_path / "weights", b"12345")
    memory = DigestMemory(tmp_path / "cache")
    assert memory.digest_of(file) == file_digest(file)
    assert memory.last_used(file) is None


def test_several_threads_share_a_memory(memory: DigestMemory, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}" for number in range(50)]
    for file in files:
        file.write_bytes(file.name.encode())
    settled(tmp_path / "last", b"")
    wrong: list[Path] = []

    def ask() -> None:
        for file in files:
            if memory.digest_of(file) != sha256_bytes(file.name.encode()):
                wrong.append(file)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_what_nobody_asked_for_is_forgotten(memory: DigestMemory, tmp_path: Path) -> None:
    file = settled(tmp_path / "weights", b"12345")
    memory.digest_of(file)
    used = memory.last_used(file)
    assert used is not None
    memory.forget(before=used)
    assert memory.last_used(file) == used
    memory.forget(before=used + 86_400)
    assert memory.last_used(file) is None


def test_a_missing_file_is_an_outside_error(memory: DigestMemory, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot read"):
        memory.digest_of(tmp_path / "nothing")
