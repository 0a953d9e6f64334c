"""Damaged locks: what can be read of them is kept, and said to be all there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpack.core.errors import StaleLockError
from mlpack.lock.model import Lock
from mlpack.lock.salvage import salvaged
from mlpack.lock.text import lock_text, parse_lock, recovered_lock
from tests.lock.test_merging import PINS, lock

WHOLE = lock(PINS, a="1", b="2")
TEXT = lock_text(WHOLE)


def pins(found: Lock) -> set[tuple[str, str]]:
    return {
        (each.name, each.version) for one in found.environments.values() for each in one.packages
    }


def repaired(folder: Path, content: bytes) -> Lock:
    (folder / "mlpack.lock").write_bytes(content)
    return recovered_lock(folder / "mlpack.lock")


def test_a_whole_lock_is_read_as_it_is(tmp_path: Path) -> None:
    assert salvaged(TEXT) == WHOLE
    found = repaired(tmp_path, TEXT.encode())
    assert found == WHOLE and found.repair is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "mlpack.lock is empty; none of its pins can be read, and the rest is resolved again"),
        (b"\xff\xfe\x00", "mlpack.lock is not valid UTF-8; none of its pins can be read"),
        (b"[" * 60_000, "mlpack.lock is damaged: it is nested too deeply; none of"),
        (b"- a\n- b\n", "mlpack.lock is damaged: the lock is not a mapping; none of"),
        (TEXT[: TEXT.index(": scipy")].encode(), "; 3 of its pins were kept"),
        (TEXT.replace("2.3", "2\x003").encode(), "; 4 of its pins were kept"),
        (TEXT.replace("2.3", "\udcff").encode(errors="surrogateescape"), "; 4 of its pins"),
        (TEXT.replace("\n", "\r\n").replace("mlpack_lock: 2", "").encode(), "; 5 of its pins"),
        (TEXT.replace("    packages:", "    pac[kages:").encode(), "none of its pins"),
        (TEXT.replace('"2.3"', '"2.3').encode(), "; 4 of its pins were kept"),
        (TEXT.replace("name: pandas", "name: [pandas").encode(), "; 4 of its pins were kept"),
        (TEXT.replace("mlpack_lock: 2", "").encode(), "; 5 of its pins were kept"),
        (("garbage\n\t{\n" * 9 + TEXT).encode(), "; 5 of its pins were kept"),
    ],
)
def test_what_can_be_read_is_kept(tmp_path: Path, content: bytes, message: str) -> None:
    found = repaired(tmp_path, content)
    assert found.repair is not None and found.repair.problem is not None
    assert message in found.repair.problem.message
    assert pins(found) <= pins(WHOLE)


def test_what_is_whole_stays_resolved_and_recorded(tmp_path: Path) -> None:
    found = repaired(tmp_path, TEXT.replace("build_time: 3", "build_time: x").encode())
    assert found == WHOLE
    assert found.environments["default"].resolved
    cut = repaired(tmp_path, TEXT[:-3].encode())
    assert not cut.environments["default"].resolved
    assert (cut.outputs, cut.variants) == (WHOLE.outputs, WHOLE.variants)


def test_a_lock_of_a_later_format_is_not_repaired(tmp_path: Path) -> None:
    with pytest.raises(StaleLockError, match="has format 12"):
        repaired(tmp_path, TEXT.replace("mlpack_lock: 2", "mlpack_lock: 12").encode()[:-3])


@given(st.integers(0, len(TEXT)))
def test_cut_anywhere_the_pins_before_it_are_kept(length: int) -> None:
    complete = TEXT[:length].count("- name: ") - 1
    found = salvaged(TEXT[:length])
    assert pins(found) <= pins(WHOLE)
    assert len(pins(found)) >= complete


@given(st.integers(0, len(TEXT) - 1), st.binary(min_size=1, max_size=40))
def test_whatever_is_overwritten_a_lock_can_be_made(at: int, noise: bytes) -> None:
    content = TEXT.encode()[:at] + noise + TEXT.encode()[at + len(noise) :]
    found = salvaged(content.decode(errors="replace"))
    for each in found.variants.values():
        assert each.environment in found.environments
    lock_text(found)


def test_a_lock_of_the_former_format_is_read_and_written_in_this_one() -> None:
    former = TEXT.replace("mlpack_lock: 2", "mlpack_lock: 1")
    lines = [line for line in former.splitlines() if "resolution:" not in line]
    for name, digit in (("a", "1"), ("b", "2")):
        at = lines.index(f"  {name}:", lines.index("outputs:"))
        lines[at + 1 : at + 3] = [
            f"    inputs: sha256:{digit * 64}",
            f"    package: sha256:{digit * 64}",
            "    parts:",
            f"      code: sha256:{digit * 64}",
            f"      model: sha256:{'f' * 64}",
            f"      python: sha256:{'e' * 64}",
        ]
    found = parse_lock("\n".join(lines) + "\n")
    assert found == WHOLE
    assert found.environments["default"].resolved, "nothing is resolved again for its sake"
    assert lock_text(found) == TEXT
