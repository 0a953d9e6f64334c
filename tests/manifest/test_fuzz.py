"""A small part of the fuzzing that `python -m tests.fuzz` does without end."""

from __future__ import annotations

from tests.fuzz import batch_apart


def test_no_mutated_manifest_ends_in_a_traceback() -> None:
    found = batch_apart(400, seed=4)
    # How long one takes depends on what else the machine does.
    faults = [fault for fault in found["faults"] if not fault["fault"].startswith("took")]
    assert faults == []
    assert found["met"]["exit 0"] > 10
    assert found["met"]["exit 2"] > 100
