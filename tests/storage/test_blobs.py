"""The store holds what its names say, whatever becomes of the packages that share its bytes."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.core.digest import file_digest, sha256_bytes
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.storage import blobs
from mlpack.storage.blobs import Store
from mlpack.storage.digests import DigestMemory
from mlpack.storage.stat import now, state_of

CONTENT = b"weights" * 1000
DIGEST = sha256_bytes(CONTENT)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def adopted(store: Store, content: bytes = CONTENT) -> Path:
    with store.incoming() as folder:
        (folder / "download").write_bytes(content)
        return store.adopt(folder / "download", sha256_bytes(content), len(content))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Hear of every file that the memory has to read."""
    from mlpack.storage import digests as memory

    heard: list[Path] = []
    real = memory.file_contents
    monkeypatch.setattr(
        memory, "file_contents", lambda paths: (heard.extend(paths), real(paths))[1]
    )
    yield heard


def test_a_file_is_taken_in_and_found(store: Store, tmp_path: Path) -> None:
    assert store.find(DIGEST) is None
    blob = adopted(store)
    assert blob == tmp_path / f"cache/cas/sha256/{DIGEST[7:9]}/{DIGEST[7:]}"
    assert store.find(DIGEST) == blob
    assert blob.read_bytes() == CONTENT
    assert blob.stat().st_mode & 0o7777 == 0o644
    assert list((tmp_path / "cache/cas/incoming").iterdir()) == []


def test_taking_it_in_again_changes_nothing(store: Store) -> None:
    before = adopted(store).stat()
    after = adopted(store).stat()
    assert (before.st_ino, before.st_ctime_ns) == (after.st_ino, after.st_ctime_ns)


def test_a_file_of_another_size_is_refused(store: Store) -> None:
    with store.incoming() as folder:
        (folder / "download").write_bytes(CONTENT[:-1])
        with pytest.raises(IntegrityError, match="has 6999 bytes, expected 7000"):
            store.adopt(folder / "download", DIGEST, len(CONTENT))
    assert store.find(DIGEST) is None


def test_a_blob_shares_its_blocks_where_the_system_can(sharing_disk: Path) -> None:
    store, there = Store(sharing_disk / "cache"), sharing_disk / "package/weights"
    adopted(store)
    assert store.lay(DIGEST, there) == "reflink"
    assert there.read_bytes() == CONTENT
    assert there.stat().st_mode & 0o7777 == 0o644
    assert not there.samefile(store.path(DIGEST))


@pytest.mark.parametrize("way", ["hardlink", "copy"])
def test_a_blob_is_laid_somewhere_else(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    adopted(store)
    monkeypatch.setattr(blobs, "reflink", lambda source, destination: False)
    if way == "copy":
        monkeypatch.setattr(blobs, "hardlink", lambda source, destination: False)
    there = tmp_path / "package/artifacts/weights"
    assert store.lay(DIGEST, there) == way
    assert there.read_bytes() == CONTENT
    assert there.stat().st_mode & 0o7777 == 0o644
    assert there.samefile(store.path(DIGEST)) == (way == "hardlink")


def test_nothing_is_read_again_when_it_is_laid_and_removed(
    store: Store, tmp_path: Path, reads: list[Path]
) -> None:
    adopted(store)
    for number in range(3):
        store.lay(DIGEST, tmp_path / f"package{number}/weights")
    store.remove_folder(tmp_path / "package1")
    assert store.find(DIGEST)
    memory = store.memory
    assert memory.digest_of(tmp_path / "package0/weights") == DIGEST
    assert memory.digest_of(tmp_path / "package2/weights") == DIGEST
    assert reads == []


def test_removing_a_package_by_hand_costs_one_reading(
    store: Store, tmp_path: Path, reads: list[Path]
) -> None:
    blob = adopted(store)
    way = store.lay(DIGEST, tmp_path / "package/weights")
    shutil.rmtree(tmp_path / "package")
    while not state_of(blob).settled(now()):
        pass
    for _ in range(2):
        assert store.find(DIGEST) == blob
        assert reads == ([blob] if way == "hardlink" else [])


@pytest.mark.parametrize("hide", [False, True], ids=["edited", "edited and its time put back"])
def test_a_blob_that_was_changed_through_a_package_is_dropped(
    store: Store, tmp_path: Path, hide: bool
) -> None:
    adopted(store)
    there = tmp_path / "package/weights"
    if store.lay(DIGEST, there) != "hardlink":
        pytest.skip("what is written to a package does not reach the store here")
    before = there.stat()
    with there.open("r+b") as file:
        file.write(b"poison")
    if hide:
        os.utime(there, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.find(DIGEST) is None
    assert not store.path(DIGEST).exists()
    with pytest.raises(OutsideError, match="no longer in the store"):
        store.lay(DIGEST, tmp_path / "another")
    assert file_digest(adopted(store)) == DIGEST
    assert there.read_bytes().startswith(b"poison")


def test_a_poisoned_package_that_is_removed_poisons_nothing(store: Store, tmp_path: Path) -> None:
    adopted(store)
    there = tmp_path / "package/weights"
    store.lay(DIGEST, there)
    before = there.stat()
    with there.open("r+b") as file:
        file.write(b"poison")
    os.utime(there, ns=(before.st_atime_ns, before.st_mtime_ns))
    store.remove_folder(tmp_path / "package")
    found = store.find(DIGEST)
    assert found is None or file_digest(found) == DIGEST


def test_many_take_in_and_lay_the_same_at_once(tmp_path: Path) -> None:
    errors: list[Exception] = []

    def work(number: int) -> None:
        store = Store(tmp_path / "cache", DigestMemory(tmp_path / "cache"))
        try:
            for turn in range(5):
                adopted(store)
                there = tmp_path / f"package{number}-{turn}/weights"
                store.lay(DIGEST, there)
                assert there.read_bytes() == CONTENT
                store.remove_folder(there.parent)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert file_digest(Store(tmp_path / "cache").path(DIGEST)) == DIGEST


def test_a_cache_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("")
    with pytest.raises(OutsideError, match="cannot access"), Store(tmp_path / "cache").incoming():
        pass


def test_what_a_killed_process_left_is_swept(store: Store) -> None:
    left = store.folder / "incoming/left"
    left.mkdir(parents=True)
    (left / "half").write_bytes(b"half")
    with store.incoming() as mine:
        (mine / "file").write_bytes(b"whole")
        with store.incoming():
            assert (mine / "file").exists()
    assert list((store.folder / "incoming").iterdir()) == []
