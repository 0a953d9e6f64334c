"""Identities of files and trees."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from mlpack.core.digest import (
    below,
    canonical_json,
    file_contents,
    file_digest,
    tree_digest,
    value_digest,
)
from mlpack.core.errors import IntegrityError, OutsideError


def _tree(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_a_file_has_the_sha256_that_every_tool_gives(tmp_path: Path) -> None:
    content = bytes(range(256)) * 9000
    path = tmp_path / "weights.bin"
    path.write_bytes(content)
    assert file_digest(path) == "sha256:" + hashlib.sha256(content).hexdigest()


def test_the_root_digest_is_over_binary_digests_in_order_of_path_parts(tmp_path: Path) -> None:
    # As text "a-b/x" sorts before "a/b"; by parts it comes after.
    files = {"a/b": b"1", "a-b/x": b"2", "a/c": b"3"}
    order = ["a/b", "a/c", "a-b/x"]
    parts = b"".join(hashlib.sha256(files[name]).digest() for name in order)
    found = tree_digest(_tree(tmp_path, files))
    assert [str(file.path) for file in found.files] == order
    assert found.digest == "sha256:" + hashlib.sha256(parts).hexdigest()
    assert found.size == 3


@pytest.mark.parametrize("count", [3, 40])
def test_a_trees_digest_does_not_depend_on_creation_order_modes_or_times(
    tmp_path: Path, count: int
) -> None:
    files = {f"d{n % 4}/f{n}": str(n).encode() for n in range(count)}
    first = _tree(tmp_path / "first", files)
    second = _tree(tmp_path / "second", dict(reversed(files.items())))
    (second / "d0/f0").chmod(0o755)
    assert tree_digest(first) == tree_digest(second)


def test_every_byte_and_name_counts(tmp_path: Path) -> None:
    base = tree_digest(_tree(tmp_path / "base", {"a": b"x", "b": b"y"})).digest
    assert tree_digest(_tree(tmp_path / "byte", {"a": b"x", "b": b"z"})).digest != base
    assert tree_digest(_tree(tmp_path / "more", {"a": b"x", "b": b"y", "c": b""})).digest != base
    assert tree_digest(_tree(tmp_path / "fewer", {"a": b"x"})).digest != base


def test_a_link_in_a_tree_is_refused_by_name(tmp_path: Path) -> None:
    _tree(tmp_path, {"a": b"x"})
    (tmp_path / "link").symlink_to("a")
    with pytest.raises(IntegrityError, match="link is a symbolic link"):
        tree_digest(tmp_path)


def test_a_missing_file_is_an_outside_error(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot read"):
        file_digest(tmp_path / "gone")


def test_a_value_has_one_text() -> None:
    assert canonical_json({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'.encode()
    assert value_digest({"a": 1, "b": 2}) == value_digest({"b": 2, "a": 1})
    with pytest.raises(ValueError, match=r"NaN|Out of range"):
        canonical_json(float("nan"))


@pytest.mark.parametrize("root", [".", "here", "./here/there", "/"])
def test_a_path_below_its_root(root: str) -> None:
    assert below(Path(root) / "a/b.txt", Path(root)) == PurePosixPath("a/b.txt")


def test_small_and_large_files_are_read_alike(tmp_path: Path) -> None:
    sizes = [0, 1, 64 << 10, (64 << 10) - 1, 3 << 20, 5, 1 << 20]
    paths = [tmp_path / str(number) for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        path.write_bytes(path.name.encode() * size)
    found = file_contents(paths)
    assert [content.size for content in found] == sizes
    assert [content.digest for content in found] == [file_digest(path) for path in paths]


def test_a_path_of_the_project_is_its_posix_text_in_a_digest() -> None:
    for path in (PurePosixPath("data/x.csv"), PureWindowsPath("data\\x.csv"), Path("data/x.csv")):
        assert value_digest(["file", path]) == value_digest(["file", "data/x.csv"])


def test_a_path_of_this_machine_has_no_digest(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="cannot compute a digest"):
        value_digest({"file": tmp_path})
