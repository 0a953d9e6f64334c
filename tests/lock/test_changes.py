"""What moved between two locks, by their packages alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mlpack.lock.changes import Move, moves
from mlpack.lock.model import Lock, LockedEnvironment, LockedPackage, LockedVariant

DIGEST = "sha256:" + "a" * 64


def package(name: str, version: str, *sha256: str, **more: str) -> LockedPackage:
    return LockedPackage(
        name=name,
        version=version,
        marker=more.get("marker"),
        url=more.get("url"),
        sha256=sha256 or ("b" * 64,),
    )


def lock(*packages: LockedPackage, python: str = "3.11.7", **variants: str) -> Lock:
    """Return a lock whose environments all have these packages."""
    names = variants or {"": "default"}
    locked = LockedEnvironment(request=DIGEST, python=python, packages=packages)
    return Lock(
        manifest=DIGEST,
        build_time=0,
        environments=dict.fromkeys(names.values(), locked),
        variants={key: LockedVariant(environment=value) for key, value in names.items()},
    )


WHERE = ("default",)
LINUX, OTHER = "sys_platform == 'linux'", "sys_platform != 'linux'"
GIT = "git+https://example.org/leaf@{}"

CASES = {
    "nothing": ([package("leaf", "1.0")], [package("leaf", "1.0")], None),
    "10 is above 9": (
        [package("leaf", "9.0")],
        [package("leaf", "10.0")],
        Move(change="updated", name="leaf", before="9.0", after="10.0"),
    ),
    "down": (
        [package("leaf", "2.0")],
        [package("leaf", "2.0rc1")],
        Move(change="downgraded", name="leaf", before="2.0", after="2.0rc1"),
    ),
    "two platforms": (
        [package("leaf", "1.0")],
        [package("leaf", "1.0", marker=LINUX), package("leaf", "2.0", marker=OTHER)],
        Move(change="updated", name="leaf", before="1.0", after="1.0, 2.0"),
    ),
    "a platform": (
        [package("leaf", "1.0")],
        [package("leaf", "1.0", marker=LINUX)],
        Move(change="changed", name="leaf", before="1.0", after="1.0", reason="other platforms"),
    ),
    "files": (
        [package("leaf", "1.0", "b" * 64)],
        [package("leaf", "1.0", "c" * 64, "d" * 64)],
        Move(
            change="changed",
            name="leaf",
            before="1.0",
            after="1.0",
            reason="2 files added, 1 file removed",
        ),
    ),
    "a commit": (
        [package("leaf", "", url=GIT.format("1" * 40))],
        [package("leaf", "", url=GIT.format("2" * 40))],
        Move(change="updated", name="leaf", before="1" * 12, after="2" * 12),
    ),
    "a commit in place of a version": (
        [package("leaf", "1.0")],
        [package("leaf", "", url=GIT.format("2" * 40))],
        Move(change="updated", name="leaf", before="1.0", after="2" * 12),
    ),
    "another host": (
        [package("leaf", "1.0", url="https://one.invalid/leaf.whl")],
        [package("leaf", "1.0", url="https://two.invalid/leaf.whl")],
        Move(change="changed", name="leaf", before="1.0", after="1.0", reason="another URL"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_package(name: str) -> None:
    before, after, move = CASES[name]
    expected = () if move is None else (replace(move, environments=WHERE),)
    assert moves(lock(*before), lock(*after)) == expected


def test_python_is_told_as_a_package_is() -> None:
    found = moves(lock(python="3.11.9"), lock(python="3.11.10"))
    expected = Move(change="updated", name="python", before="3.11.9", after="3.11.10")
    assert found == (replace(expected, environments=WHERE),)


def test_one_move_of_several_environments_is_told_once() -> None:
    old = lock(package("leaf", "1.0"), a="a", b="b")
    new = lock(package("leaf", "2.0"), a="a", b="b")
    (move,) = moves(old, new)
    assert move.environments == ("a", "b")


def test_an_environment_is_found_by_its_variants_where_it_has_another_name() -> None:
    old = lock(package("leaf", "1.0"), a="default", b="default")
    new = lock(package("leaf", "2.0"), a="a", b="b")
    (move,) = moves(old, new)
    assert (move.before, move.environments) == ("1.0", ("a", "b"))


def test_a_new_environment_has_nothing_to_be_compared_with() -> None:
    old = lock(package("leaf", "1.0"), a="a")
    new = lock(package("leaf", "1.0"), a="a", b="b")
    assert moves(old, new) == ()
    assert moves(None, new) == ()
