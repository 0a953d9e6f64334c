"""What is wrong with a JSON file, in words that no version of Python changes."""

from __future__ import annotations

import json

import pytest

from mlpack.manifest.rules.config import syntax_mistake


@pytest.mark.parametrize(
    ("text", "beginning", "found"),
    [
        ("", "The file is empty", ""),
        ("{", "Unexpected end of file", ""),
        ('{"a": {"b": 1}', "Unexpected end of file", ""),
        ('{"a": 1,}', "JSON does not allow a trailing comma", ","),
        ("[1, 2,\n]", "JSON does not allow a trailing comma", ","),
        ("{'a': 1}", "JSON strings use double quotes", "'"),
        ('{"a": 1 // x\n}', "JSON does not allow comments", "/"),
        ('{"a": 1 # x\n}', "JSON does not allow comments", "#"),
        ('{"a": True}', "`True` is Python, not JSON", "T"),
        ('{"a": None}', "`None` is Python, not JSON", "N"),
        ('{"a": 1 "b": 2}', "Missing comma before this", '"'),
        ('{"a": {} "b": 2}', "Missing comma before this", '"'),
        ("{a: 1}", "Missing quotes around a key or a string", "a"),
        ('{"a": b}', "Missing quotes around a key or a string", "b"),
        ('{"a": "b}', "This quote is never closed", '"'),
        ('{"a" 1}', "Missing `:` before this", "1"),
        ('{"a": "x\ny"}', "A string cannot contain line breaks or tabs", "\n"),
        ("{} {}", "Unexpected content after the end of the object", "{"),
        ('{"a": "\\q"}', "Unknown escape sequence", "\\"),
        ('{"a": ?}', "Unexpected `?`", "?"),
    ],
)
def test_a_mistake_is_named_where_it_stands(text: str, beginning: str, found: str) -> None:
    with pytest.raises(json.JSONDecodeError) as raised:
        json.loads(text)
    message, hint, offset = syntax_mistake(text, raised.value.pos, raised.value.msg)
    assert message.startswith(beginning)
    assert hint.endswith(".")
    assert text[offset : offset + 1] == found
