"""Nouns agree with their numbers."""

from __future__ import annotations

import pytest

from mlpack.core.counting import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1000, "1000 files")]
)
def test_a_noun_agrees_with_its_number(count: int, text: str) -> None:
    assert counted(count, "file") == text
