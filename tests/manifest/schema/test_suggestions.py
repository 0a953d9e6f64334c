"""What a misspelt or foreign word was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mlpack.manifest.schema import closest, load
from mlpack.manifest.schema.suggestions import _ALIASES


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("properties", {})
        yield from (word for word in value.get("enum", ()) if isinstance(word, str))
        for item in value.values():
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


def test_every_alias_leads_to_a_word_of_the_format() -> None:
    known = set(_words(load()))
    assert {word for words in _ALIASES.values() for word in words} - known == set()


def test_no_alias_is_a_top_level_key_itself() -> None:
    assert _ALIASES.keys() & load()["properties"].keys() <= {"metadata", "python"}


@pytest.mark.parametrize(
    ("word", "choices", "meant"),
    [
        ("pyhton", ["python", "name"], "python"),
        ("Python", ["python"], "python"),
        ("code-paths", ["code_paths"], "code_paths"),
        ("weights", ["artifacts", "tags"], "artifacts"),
        ("int64", ["long", "integer"], "long"),
        ("requirements", ["dependencies"], "dependencies"),
        ("zebra", ["python"], None),
        ("", ["python"], None),
    ],
)
def test_the_closest(word: str, choices: list[str], meant: str | None) -> None:
    assert closest(word, choices) == meant
