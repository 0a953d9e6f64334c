"""What is wrong with a JSON file, in words that no version of Python changes."""

from __future__ import annotations

import json

import pytest

from mlpack.manifest.rules.config import syntax_mistake


@pytest.mark.parametrize(
    ("text", "beginning", "found"),
    [
        ("", "The file is empty", ""),
        ("{", "The file ends too early", ""),
        ('{"a": {"b": 1}', "The file ends too early", ""),
        ('{"a": 1,}', "JSON has no comma after the last entry", ","),
        ("[1, 2,\n]", "JSON has no comma after the last entry", ","),
        ("{'a': 1}", "JSON strings use double quotes", "'"),
        ('{"a": 1 // x\n}', "JSON has no comments", "/"),
        ('{"a": 1 # x\n}', "JSON has no comments", "#"),
        ('{"a": True}', "`True` is Python, not JSON", "T"),
        ('{"a": None}', "`None` is Python, not JSON", "N"),
        ('{"a": 1 "b": 2}', "A comma is missing before this", '"'),
        ('{"a": {} "b": 2}', "A comma is missing before this", '"'),
        ("{a: 1}", "A key or string without quotes", "a"),
        ('{"a": b}', "A key or string without quotes", "b"),
        ('{"a": "b}', "The quote opened here is never closed", '"'),
        ('{"a" 1}', "A `:` is missing before this", "1"),
        ('{"a": "x\ny"}', "A string contains no line breaks or tabs", "\n"),
        ("{} {}", "The file goes on after its end", "{"),
        ('{"a": "\\q"}', "This escape is unknown", "\\"),
        ('{"a": ?}', "JSON cannot have `?` here", "?"),
    ],
)
def test_a_mistake_is_named_where_it_stands(text: str, beginning: str, found: str) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    message, hint, offset = syntax_mistake(text, raised.value.pos, raised.value.msg)
    assert message.startswith(beginning)
    assert hint.endswith(".")
    assert text[offset : offset + 1] == found
