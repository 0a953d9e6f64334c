"""What is wrong with a text that is no JSON, in the same words under every version of Python."""

from __future__ import annotations

import re

Mistake = tuple[str, str, int]
"""The message, the way out, and the offset."""

_PYTHON = {"True": "true", "False": "false", "None": "null"}
# By what Python's reader says first, where that is the same in all its versions.
_SAID: tuple[tuple[str, str, str], ...] = (
    ("Unterminated string", "The quote opened here is never closed", "Close it on the same line."),
    ("Invalid control", "A text holds no line breaks or tabs", "Write \\n and \\t for them."),
    ("Invalid \\escape", "This escape is unknown", "Write \\\\ for a backslash."),
    ("Extra data", "The file goes on after its end", "Keep one object, and remove the rest."),
    ("Expecting ':'", "A `:` is missing before this", 'Write `"key": value`.'),
)


def syntax_mistake(text: str, offset: int, said: str) -> Mistake:
    """Return the mistake that Python's reader met at ``offset``, and called ``said``."""
    if not text.strip():
        return "The file holds nothing", "Begin it with `{`.", 0
    before, place = text[:offset].rstrip(), len(text) - len(text[offset:].lstrip())
    rest = text[place:]
    for beginning, message, hint in _SAID:
        if said.startswith(beginning):
            return message, hint, offset
    if not rest:
        return "The file ends too early", "Close what is open by `}` or `]`.", len(before)
    if before.endswith(",") and rest[0] in "}]":
        return "JSON has no comma behind the last entry", "Remove the comma.", len(before) - 1
    if re.match(r",\s*[}\]]", rest):
        return "JSON has no comma behind the last entry", "Remove the comma.", place
    return _foreign(rest, place) or _misplaced(before, rest[0], place)


def _foreign(rest: str, place: int) -> Mistake | None:
    """Return what is good Python or JavaScript, and no JSON."""
    if rest.startswith("'"):
        return "JSON's texts stand in double quotes", "Write \"…\" instead of '…'.", place
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments", "Remove the comment.", place
    if word := re.match(r"(True|False|None)\b", rest):
        return f"`{word[1]}` is Python, not JSON", f"Write {_PYTHON[word[1]]}.", place
    return None


def _misplaced(before: str, found: str, place: int) -> Mistake:
    if before.endswith((",", "{", "[", ":")) and re.match(r"[A-Za-z_]", found):
        return "A key or text without its quotes", 'Write it as "…".', place
    if before.endswith(("}", "]", '"')) or (before[-1:].isalnum() and not found.isalnum()):
        return "A comma is missing before this", "Separate entries by a comma.", place
    hint = "Correct the file; a linter such as `python -m json.tool` helps."
    return f"JSON cannot have `{found}` here", hint, place
