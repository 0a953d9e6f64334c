"""Files come into packages with no byte written that need not be, and none read twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.core.digest import FileContent, sha256_bytes
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.storage import trees
from mlpack.storage.blobs import Store
from mlpack.storage.stat import now, state_of
from mlpack.storage.trees import LARGE, bytes_to_write, check_room, supply, taking

BIG = os.urandom(LARGE)
BIG_CONTENT = FileContent(digest=sha256_bytes(BIG), size=len(BIG))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "project/weights.bin"
    path.parent.mkdir()
    path.write_bytes(BIG)
    path.chmod(0o640)
    while not state_of(path).settled(now()):
        pass
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Hear of every large file that is read."""
    from mlpack.storage import blobs
    from mlpack.storage import digests as memory

    heard: list[Path] = []
    hashed, copied = memory.file_contents, blobs.copy_and_hash

    def heard_copy(source: Path, destination: Path) -> FileContent:
        heard.append(source)
        return copied(source, destination)

    monkeypatch.setattr(
        memory, "file_contents", lambda paths: (heard.extend(paths), hashed(paths))[1]
    )
    monkeypatch.setattr(blobs, "copy_and_hash", heard_copy)
    yield heard


def test_a_large_file_is_read_once_and_the_users_own_inode_is_left_alone(
    store: Store, weights: Path, tmp_path: Path, reads: list[Path]
) -> None:
    before = weights.stat()
    target = tmp_path / "dist/model"
    assert list(taking(store, target)([weights])) == [BIG_CONTENT]
    for number in range(3):
        there = tmp_path / f"dist/model{number}/artifacts/weights.bin"
        assert supply(store, {there: weights}) == {there: BIG_CONTENT}
        assert there.read_bytes() == BIG
        assert there.stat().st_mode & 0o7777 == 0o644
        assert not there.samefile(weights)
        assert store.memory.known([there]) == [BIG_CONTENT]
    assert list(taking(store, target)([weights])) == [BIG_CONTENT]
    assert reads == [weights]
    after = weights.stat()
    for field in ("st_ino", "st_nlink", "st_mode", "st_mtime_ns", "st_ctime_ns"):
        assert getattr(after, field) == getattr(before, field)


def test_a_package_is_one_more_name_of_what_the_store_has(
    store: Store, weights: Path, tmp_path: Path
) -> None:
    there = tmp_path / "dist/weights.bin"
    if store.can_share(weights):
        pytest.skip("here the package shares blocks with the user's own file")
    assert bytes_to_write(store, [weights, weights], there) == len(BIG)
    taking(store, there)([weights])
    assert bytes_to_write(store, [weights], there) == 0
    supply(store, {there: weights})
    assert there.samefile(store.path(BIG_CONTENT.digest))


def test_blocks_are_shared_where_the_system_can(sharing_disk: Path) -> None:
    store, there = Store(sharing_disk / "cache"), sharing_disk / "dist/weights.bin"
    weights = sharing_disk / "weights.bin"
    weights.write_bytes(BIG)
    store.folder.mkdir(parents=True)
    assert store.can_share(weights)
    taking(store, there)([weights])
    assert bytes_to_write(store, [weights], there) == 0
    supply(store, {there: weights})
    assert not store.path(BIG_CONTENT.digest).exists()
    assert there.stat().st_nlink == weights.stat().st_nlink == 1


def test_small_files_are_copies(store: Store, tmp_path: Path) -> None:
    files = {}
    for number in range(50):
        source = tmp_path / f"project/{number}.txt"
        source.parent.mkdir(exist_ok=True)
        source.write_text(str(number))
        source.chmod(0o600)
        files[tmp_path / f"dist/{number % 7}/{number}.txt"] = source
    done = supply(store, files)
    assert not (tmp_path / "cache/cas/sha256").exists()
    for there, source in files.items():
        assert there.read_bytes() == source.read_bytes()
        assert there.stat().st_mode & 0o7777 == 0o644
        assert done[there] == store.memory.known([there])[0]
        assert done[there].digest == sha256_bytes(source.read_bytes())
    assert bytes_to_write(store, files.values(), tmp_path / "dist") == sum(
        source.stat().st_size for source in files.values()
    )


def test_a_file_that_changes_meanwhile_is_refused(
    store: Store, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = trees.reflink

    def slow(source: Path, destination: Path) -> bool:
        source.write_bytes(BIG[::-1])
        return real(source, destination)

    monkeypatch.setattr(trees, "reflink", slow)
    with pytest.raises(IntegrityError, match=r"weights\.bin changed while"):
        supply(store, {tmp_path / "dist/weights.bin": weights})


def test_a_file_that_is_changed_later_is_taken_anew(
    store: Store, weights: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "one/weights.bin", tmp_path / "two/weights.bin"
    supply(store, {first: weights})
    weights.write_bytes(BIG[::-1])
    supply(store, {second: weights})
    assert first.read_bytes() == BIG
    assert second.read_bytes() == BIG[::-1]


def test_a_disk_without_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        OutsideError, match=r"model needs 1000000000\.0 GB and .* GB are free"
    ) as it:
        check_room(tmp_path / "dist/model", 10**18)
    assert it.value.hint is not None
    assert "mlpack cache prune" in it.value.hint
    check_room(tmp_path / "dist/model", 1)


def test_a_source_that_vanished_is_an_outside_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot read"):
        supply(store, {tmp_path / "dist/a": tmp_path / "nothing"})
