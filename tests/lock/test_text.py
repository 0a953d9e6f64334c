"""The lock as text: one form, read back whole, damage named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpack.core.errors import OutsideError, StaleLockError
from mlpack.lock.model import (
    ExcludedVersion,
    Lock,
    LockedEnvironment,
    LockedPackage,
    LockedVariant,
    Output,
    PinnedFile,
)
from mlpack.lock.text import lock_text, parse_lock, read_lock, write_lock

DIGEST = "sha256:" + "a" * 64
COMMIT = "c" * 40

ENVIRONMENT = LockedEnvironment(
    request=DIGEST,
    python="3.11.7",
    packages=(
        LockedPackage(
            name="numpy",
            version="2.1.0",
            marker=None,
            sha256=("b" * 64, "c" * 64),
            shipped=("c" * 64,),
        ),
        LockedPackage(
            name="torch", version="2.9.0+cpu", marker="sys_platform == 'linux'", sha256=("d" * 64,)
        ),
        LockedPackage(
            name="x", version="", marker=None, sha256=(), url=f"git+https://example.org/x@{COMMIT}"
        ),
    ),
    excluded=(ExcludedVersion(name="numpy", version="2.2", requires_python="<3.11,>=3.9"),),
    built=("x",),
    no_build_isolation=("flash-attn",),
    inputs={"requirements.in": DIGEST, "python": DIGEST},
)
LOCK = Lock(
    manifest=DIGEST,
    build_time=315532800,
    environments={"default": ENVIRONMENT},
    variants={
        "": LockedVariant(
            environment="default",
            artifacts={"weights": PinnedFile(digest=DIGEST, size=12)},
            example_files={"data/a b.csv": PinnedFile(digest=DIGEST, size=0)},
        )
    },
    outputs={"": Output(inputs=DIGEST, package=DIGEST)},
)


def test_it_is_read_back_whole_and_written_the_same() -> None:
    text = lock_text(LOCK)
    assert parse_lock(text) == LOCK
    assert lock_text(parse_lock(text)) == text
    assert text.endswith("\n")
    assert "\r" not in text


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


@given(names, st.integers(0, 10**15))
def test_any_name_survives(name: str, size: int) -> None:
    pins = {name: PinnedFile(digest=DIGEST, size=size)}
    variant = LockedVariant(environment="default", artifacts=pins)
    lock = replace(LOCK, variants={"": variant})
    assert parse_lock(lock_text(lock)) == lock


def test_order_of_making_does_not_show() -> None:
    turned = replace(
        ENVIRONMENT,
        packages=ENVIRONMENT.packages[::-1],
        inputs=dict(reversed(ENVIRONMENT.inputs.items())),
    )
    assert lock_text(replace(LOCK, environments={"default": turned})) == lock_text(LOCK)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace('"3.11.7"', "[3]"), "is missing the string `python`"),
        (lambda text: text.replace("b" * 64, "b" * 63), "has a hash that is not a sha256"),
        (
            lambda text: text.replace("      - name: numpy", "      - nom: numpy"),
            "missing the string `name`",
        ),
        (
            lambda text: text.replace("environment: default", "environment: other"),
            "which is not defined",
        ),
        (lambda text: text + "more: things\n", "has an unknown key `more`"),
        (lambda text: text.replace("mlpack_lock: 2", "mlpack_lock: 3"), "has format 3"),
        (lambda text: text.replace("mlpack_lock: 2", "mlpack_lock: one"), "its format is 'one'"),
        (lambda text: text.replace("build_time: ", "build_time: -"), "is not an integer"),
        (lambda text: "<<<<<<< ours\n" + text, "merge conflict markers"),
        (lambda text: text + "a: [\n", "it is not valid YAML"),
        (lambda text: "[" * 60_000, "it is nested too deeply"),
        (lambda text: "", "is empty"),
        (lambda text: "- a\n", "is not a mapping"),
        (lambda text: text[: len(text) // 2], ""),
    ],
)
def test_damage_is_named(change: object, message: str) -> None:
    assert callable(change)
    with pytest.raises(StaleLockError) as refused:
        parse_lock(change(lock_text(LOCK)))
    assert message in refused.value.message
    assert refused.value.hint


def test_a_missing_and_a_binary_lock_are_told(tmp_path: Path) -> None:
    with pytest.raises(StaleLockError, match=r"mlpack\.lock does not exist"):
        read_lock(tmp_path / "mlpack.lock")
    (tmp_path / "mlpack.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(StaleLockError, match="not valid UTF-8"):
        read_lock(tmp_path / "mlpack.lock")
    with pytest.raises(OutsideError, match="cannot read"):
        read_lock(tmp_path)


def test_a_lock_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "mlpack.lock"
    write_lock(path, LOCK)
    assert path.read_text() == lock_text(LOCK)
    assert [each.name for each in tmp_path.iterdir()] == ["mlpack.lock"]
    with pytest.raises(OutsideError, match="cannot write"):
        write_lock(tmp_path / "gone" / "mlpack.lock", LOCK)
