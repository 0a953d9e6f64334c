"""A package met again: every change is seen, and the file that changed is named."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from mlpack.core.errors import IntegrityError, UsageError
from mlpack.lock.model import Lock, Output
from mlpack.workflow.integrity import check_integrity, lock_of
from tests.packages import write_package, write_record


@pytest.fixture
def package(tmp_path: Path) -> Path:
    found = write_package(tmp_path / "dist" / "doubler")
    write_record(found)
    return found


def _lock(digest: str, variant: str = "") -> Lock:
    return Lock(
        manifest="sha256:" + "0" * 64,
        build_time=0,
        environments={},
        variants={},
        outputs={variant: Output(inputs="sha256:" + "0" * 64, package=digest)},
    )


def _flip(package: Path) -> None:
    path = package / "code/m/code.py"
    path.write_bytes(path.read_bytes().replace(b"2", b"3"))


def _rename_keeping_the_order(package: Path) -> None:
    (package / "artifacts/vocab.json").rename(package / "artifacts/vocab.jsoo")


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "byte": (_flip, "code/m/code.py was changed"),
    "added": (lambda p: (p / "code/new.py").write_bytes(b""), "code/new.py was added"),
    "removed": (lambda p: (p / "code/m/code.py").unlink(), "code/m/code.py was removed"),
    "no MLmodel": (lambda p: (p / "MLmodel").unlink(), "MLmodel was removed"),
    "broken MLmodel": (lambda p: (p / "MLmodel").write_bytes(b"{"), "MLmodel was changed"),
    "renamed": (
        lambda p: (p / "MLmodel").rename(p / "code/z"),
        "MLmodel was renamed to code/z",
    ),
    "renamed in place": (
        _rename_keeping_the_order,
        "artifacts/vocab.json was renamed to artifacts/vocab.jsoo",
    ),
    "no bytecode": (
        lambda p: ((p / "__pycache__").mkdir(), (p / "__pycache__/a.py").write_bytes(b"")),
        "__pycache__/a.py was added",
    ),
}


@pytest.mark.parametrize("by", ["record", "digest", "lock"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_refused_by_the_name_of_its_file(package: Path, change: str, by: str) -> None:
    digest = tree_digest(package).digest
    apply, named = CHANGES[change]
    apply(package)
    given = digest if by == "digest" else None
    lock = _lock(digest) if by == "lock" else None
    with pytest.raises(IntegrityError) as caught:
        check_integrity(package, digest=given, lock=lock)
    assert named in caught.value.message
    assert caught.value.exit_code == 4


def test_an_untouched_package_holds_whoever_is_asked(package: Path) -> None:
    digest = tree_digest(package).digest
    assert check_integrity(package, digest=None, lock=None).compared_with == "the record"
    assert check_integrity(package, digest=digest.upper().replace("SHA", "sha"), lock=None)
    both = check_integrity(package, digest=None, lock=_lock(digest))
    assert both.compared_with == "the lock and the record"
    assert both.digest == digest and not both.warnings


@pytest.mark.parametrize("where", ["MLmodel", "code/m/link.py", "artifacts/folder"])
def test_a_link_is_refused_by_its_name(package: Path, where: str) -> None:
    path = package / where
    path.unlink(missing_ok=True)
    path.symlink_to(package.parent if where == "artifacts/folder" else __file__)
    with pytest.raises(IntegrityError, match=f"{path} is a symbolic link"):
        check_integrity(package, digest=None, lock=None)


def test_bytecode_that_a_loader_left_is_a_warning(package: Path) -> None:
    digest = tree_digest(package).digest
    for name in ("code/m/__pycache__/code.cpython-311.pyc", "__pycache__/m.cpython-311.pyc.1234"):
        (package / name).parent.mkdir()
        (package / name).write_bytes(b"bytecode")
    for found in (
        check_integrity(package, digest=None, lock=_lock(digest)),
        check_integrity(package, digest=digest, lock=None),
    ):
        assert found.digest == digest
        assert [warning.message.split()[0] for warning in found.warnings] == [
            "__pycache__",
            "code/m/__pycache__",
        ]
    _flip(package)
    with pytest.raises(IntegrityError) as caught:
        check_integrity(package, digest=None, lock=None)
    assert caught.value.details == "code/m/code.py was changed"


def test_a_model_saved_with_its_bytecode_is_whole_with_it(tmp_path: Path) -> None:
    model = write_package(tmp_path / "m", {"code/__pycache__/a.pyc": b"1"})
    found = check_integrity(model, digest=tree_digest(model).digest, lock=None)
    assert not found.warnings


def test_every_bit_of_every_file_counts(package: Path) -> None:
    choice = random.Random(7)
    for path in sorted(item for item in package.rglob("*") if item.is_file()):
        content = path.read_bytes()
        for bit in choice.sample(range(len(content) * 8), min(8, len(content) * 8)):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            path.write_bytes(flipped)
            with pytest.raises(IntegrityError) as caught:
                check_integrity(package, digest=None, lock=None)
            assert str(path.relative_to(package)) in caught.value.message
        path.write_bytes(content)
    assert check_integrity(package, digest=None, lock=None).digest


def test_a_lock_of_another_build_is_told_apart_from_damage(package: Path) -> None:
    other = "sha256:" + "9" * 64
    with pytest.raises(
        IntegrityError, match=r"(?s)does not match the lock: .*the record agrees with the package"
    ):
        check_integrity(package, digest=None, lock=_lock(other))


def test_without_a_record_the_lock_still_tells(tmp_path: Path) -> None:
    package = write_package(tmp_path / "doubler-big")
    digest = tree_digest(package).digest
    lock = _lock(digest, "big")
    # MLmodel names no variant: only when it is damaged does the folder's name count.
    assert check_integrity(package, digest=None, lock=lock).compared_with is None
    (package / "MLmodel").write_bytes(b"\x00")
    with pytest.raises(IntegrityError, match="does not match the lock"):
        check_integrity(package, digest=None, lock=lock)


def test_a_damaged_record_is_damage(package: Path) -> None:
    package.with_name("doubler.intoto.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError, match="damaged"):
        check_integrity(package, digest=None, lock=None)


@pytest.mark.parametrize("digest", ["", "sha256:12", "md5:" + "a" * 64, "a" * 64])
def test_what_is_no_digest_is_a_usage_error(package: Path, digest: str) -> None:
    with pytest.raises(UsageError, match="not a digest"):
        check_integrity(package, digest=digest, lock=None)


def test_what_is_no_folder_is_a_usage_error(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", Path(__file__)):
        with pytest.raises(UsageError, match="not a folder"):
            check_integrity(path, digest=None, lock=None)


def test_many_differences_are_counted_and_listed(package: Path) -> None:
    for number in range(30):
        (package / f"artifacts/{number:02}").write_bytes(bytes([number]))
    with pytest.raises(IntegrityError) as caught:
        check_integrity(package, digest=None, lock=None)
    assert "and 29 more differ" in caught.value.message
    assert caught.value.details is not None
    assert len(caught.value.details.splitlines()) == 21


@pytest.mark.parametrize("recorded", [True, False])
def test_the_lock_is_that_of_the_manifest_that_made_the_package(
    tmp_path: Path, recorded: bool
) -> None:
    package = write_package(tmp_path / "dist" / "doubler")
    name = "other.yaml" if recorded else "mlpack.yaml"
    if recorded:
        write_record(package, manifest="other.yaml")
        (tmp_path / "mlpack.yaml").write_text("name: doubler\n")
        (tmp_path / "mlpack.lock").write_text("")
    (tmp_path / name).write_text("mlpack: 1\nname: doubler\n")
    lock = (tmp_path / name).with_suffix(".lock")
    assert lock_of(package) is None
    lock.write_text("")
    assert lock_of(package) == lock
    (tmp_path / name).write_text("mlpack: 1\nname: another\n")
    assert lock_of(package) is None


def test_a_model_of_other_origin_has_no_lock(tmp_path: Path) -> None:
    (tmp_path / "mlpack.yaml").write_text("name: doubler\n")
    (tmp_path / "mlpack.lock").write_text("")
    model = write_package(tmp_path / "doubler", metadata=None)
    assert lock_of(model) is None
    (model / "MLmodel").write_bytes(b"{")
    assert lock_of(model) == tmp_path / "mlpack.lock"
