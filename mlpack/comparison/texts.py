"""Two texts as a unified diff."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from mlpack.comparison.model import Detail, Kind

# Beyond these a diff takes longer than anybody reads.
_COMPARED = 20_000
_KEPT = 400
_MISSING = "\\ No newline at end of file"


def compare_texts(before: bytes, after: bytes, path: str) -> Detail | None:
    """Return the unified diff of two UTF-8 texts; ``None`` where one is none, or is too long."""
    if b"\0" in before or b"\0" in after:
        return None
    try:
        first, second = _lines(before.decode()), _lines(after.decode())
    except UnicodeDecodeError:
        return None
    return diff_lines(first, second, path, kind="text")


def diff_lines(
    before: Sequence[str], after: Sequence[str], path: str, *, kind: Kind
) -> Detail | None:
    """Return the unified diff of two lists of lines; ``None`` where they are too long."""
    if max(len(before), len(after)) > _COMPARED:
        return None
    found = list(unified_diff(before, after, f"a/{path}", f"b/{path}", lineterm=""))
    return Detail(kind=kind, lines=tuple(found[:_KEPT]), more=max(0, len(found) - _KEPT))


def _lines(text: str) -> list[str]:
    """Split at line feeds alone; other ends of line stay in the line, where they show."""
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\n{_MISSING}"]
