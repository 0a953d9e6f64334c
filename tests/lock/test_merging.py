"""Locks that git merged, by the very marks that it leaves: what both sides have stays."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlpack.core.errors import StaleLockError
from mlpack.lock.model import (
    Lock,
    LockedEnvironment,
    LockedPackage,
    LockedVariant,
    Output,
    PinnedFile,
)
from mlpack.lock.text import lock_text, parse_lock, recovered_lock


def digest(digit: str) -> str:
    return f"sha256:{digit * 64}"


def lock(pins: dict[str, str], request: str = "a", **outputs: str) -> Lock:
    packages = tuple(
        LockedPackage(name=name, version=version, marker=None, sha256=(_hash(name, version),))
        for name, version in sorted(pins.items())
    )
    environment = LockedEnvironment(request=digest(request), python="3.11.7", packages=packages)
    remote = PinnedFile(digest=digest("5"), size=9, request=digest("6"))
    made = {
        name: Output(
            inputs=digest(moved),
            package=digest(moved),
            parts={"code": moved * 12, "model": "f" * 12, "python": "e" * 12},
        )
        for name, moved in outputs.items()
    }
    return Lock(
        manifest=digest(request),
        build_time=315532800,
        environments={"default": environment},
        variants={
            name: LockedVariant(environment="default", artifacts={"weights": remote})
            for name in outputs
        },
        outputs=made,
    )


def _hash(name: str, version: str) -> str:
    return f"{name}{version}".encode().hex().ljust(64, "0")[:64]


class Merge:
    """What `git merge` would leave of two locks that come from one."""

    def __init__(self, folder: Path, base: Lock, ours: Lock, theirs: Lock, *style: str) -> None:
        self.path = folder / "mlpack.lock"
        files = [folder / name for name in ("ours", "base", "theirs")]
        for file, each in zip(files, (ours, base, theirs), strict=True):
            file.write_text(lock_text(each))
        argv = ["git", "merge-file", "-p", *style, *map(str, files)]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        self.conflicts = done.returncode
        self.text = done.stdout
        self.path.write_text(done.stdout)

    @property
    def lock(self) -> Lock:
        return recovered_lock(self.path)

    @property
    def sentence(self) -> str:
        repair = self.lock.repair
        assert repair is not None and repair.problem is None
        return repair.sentence


PINS = {"anyio": "4.9", "numpy": "2.0", "pandas": "2.3", "scipy": "1.16", "torch": "2.8"}
BASE = lock(PINS, a="1", b="1")


def upgraded(**pins: str) -> Lock:
    return lock({**PINS, **pins}, a="1", b="1")


def versions(found: Lock) -> dict[str, str]:
    return {each.name: each.version for each in found.environments["default"].packages}


def test_a_change_of_code_moves_one_line(tmp_path: Path) -> None:
    before, after = lock_text(BASE).splitlines(), lock_text(lock(PINS, a="2", b="1")).splitlines()
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_code_of_different_variants_merges(tmp_path: Path) -> None:
    merge = Merge(tmp_path, BASE, lock(PINS, a="2", b="1"), lock(PINS, a="1", b="3"))
    assert merge.conflicts == 0
    assert parse_lock(merge.text) == lock(PINS, a="2", b="3")
    assert merge.lock.repair is None


def test_code_of_one_variant_conflicts_in_one_line(tmp_path: Path) -> None:
    merge = Merge(tmp_path, BASE, lock(PINS, a="2", b="1"), lock(PINS, a="3", b="1"))
    assert merge.conflicts == 1
    assert len(merge.text.splitlines()) == len(lock_text(BASE).splitlines()) + 4
    with pytest.raises(StaleLockError, match="merge conflict markers"):
        parse_lock(merge.text)
    found = merge.lock
    assert found.outputs.keys() == {"b"}
    assert found.environments == BASE.environments
    assert found.environments["default"].resolved
    assert merge.sentence == (
        "mlpack.lock had merge conflicts: kept 5 pins that both sides have and dropped the "
        "recorded output of a"
    )


def test_two_upgrades_are_kept_but_not_trusted(tmp_path: Path) -> None:
    merge = Merge(tmp_path, BASE, upgraded(anyio="4.10"), upgraded(torch="2.9"))
    assert merge.conflicts == 1, "the resolution alone"
    found = merge.lock
    assert versions(found) == {**PINS, "anyio": "4.10", "torch": "2.9"}
    assert not found.environments["default"].resolved
    assert "kept 5 pins that both sides have and checked that they fit" in merge.sentence


@pytest.mark.parametrize("style", [(), ("--diff3",), ("--zdiff3",)])
def test_of_two_versions_the_newer_one_is_preferred(tmp_path: Path, style: tuple[str, ...]) -> None:
    ours, theirs = upgraded(numpy="2.9"), upgraded(numpy="2.10", torch="2.9")
    one = Merge(tmp_path, BASE, ours, theirs, *style)
    assert one.conflicts
    assert versions(one.lock) == {**PINS, "numpy": "2.10", "torch": "2.9"}
    other = Merge(tmp_path, BASE, theirs, ours, *style)
    assert other.lock == one.lock
    assert "kept 4 pins that both sides have and resolved numpy again" in one.sentence


def test_a_question_and_an_answer_of_two_branches_conflict(tmp_path: Path) -> None:
    # Otherwise the lock would claim that the upgrade answers what the other branch asks.
    merge = Merge(tmp_path, BASE, lock(PINS, request="b", a="1", b="1"), upgraded(torch="2.9"))
    assert merge.conflicts == 1
    assert not merge.lock.environments["default"].resolved


def test_pins_of_a_merge_that_git_found_clean_are_not_trusted() -> None:
    text = lock_text(BASE).replace('version: "4.9"', 'version: "4.10"')
    assert not parse_lock(text).environments["default"].resolved


def test_artifacts_stay_where_both_sides_agree(tmp_path: Path) -> None:
    theirs = {"weights": PinnedFile(digest=digest("7"), size=9, request=digest("6"))}
    variants = {**BASE.variants, "b": LockedVariant(environment="default", artifacts=theirs)}
    merge = Merge(
        tmp_path,
        BASE,
        lock(PINS, a="2", b="1"),
        replace(lock(PINS, a="3", b="1"), variants=variants),
    )
    assert merge.lock.variants["a"].artifacts == BASE.variants["a"].artifacts
    assert merge.lock.variants["b"].artifacts == theirs
    both = Merge(tmp_path, BASE, _moved_weights("8"), _moved_weights("9"))
    assert both.lock.variants["a"].artifacts == {}


def _moved_weights(digit: str) -> Lock:
    moved = {"weights": PinnedFile(digest=digest(digit), size=9, request=digest("6"))}
    variant = LockedVariant(environment="default", artifacts=moved)
    return replace(BASE, variants={"a": variant, "b": variant})


def test_a_side_of_a_later_format_is_not_touched(tmp_path: Path) -> None:
    merge = Merge(tmp_path, BASE, lock(PINS, a="2", b="1"), lock(PINS, a="3", b="1"))
    merge.path.write_text(merge.text.replace("mlpack_lock: 2", "mlpack_lock: 3"))
    with pytest.raises(StaleLockError, match="has format 3") as refused:
        recovered_lock(merge.path)
    assert "`mlpack" not in str(refused.value.hint)


@pytest.mark.parametrize("mark", ["<<<<<<< HEAD", ">>>>>>> feature", "======="])
def test_a_mark_that_was_left_behind_is_seen(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "mlpack.lock"
    path.write_text(lock_text(BASE).replace("environments:\n", f"{mark}\nenvironments:\n"))
    found = recovered_lock(path)
    assert found.repair is not None
    assert found.variants.keys() == {"a", "b"}


pins = st.dictionaries(
    st.sampled_from(sorted(PINS)), st.sampled_from(["1.9", "1.10", "2.0", "2.1rc1"]), min_size=1
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pins, pins, pins, st.sampled_from("123"), st.sampled_from("123"))
def test_no_pin_of_both_sides_is_lost(
    tmp_path: Path, base: dict[str, str], one: dict[str, str], other: dict[str, str], a: str, b: str
) -> None:
    was, ours, theirs = lock(base, a="1"), lock(one, a=a), lock(other, a=b)
    merge, turned = Merge(tmp_path, was, ours, theirs), Merge(tmp_path, was, theirs, ours)
    found = versions(merge.lock)
    assert {
        name: found[name] for name in one.keys() & other.keys() if one[name] == other[name]
    } == {name: one[name] for name in one.keys() & other.keys() if one[name] == other[name]}
    assert versions(turned.lock) == found
    if merge.lock.environments["default"].resolved:
        assert found in (one, other)
