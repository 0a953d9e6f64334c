"""Two texts as a unified diff, and two pickles by their opcodes: nothing in them is run."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import islice

from mlpack.core.counting import counted
from mlpack.core.digest import sha256_bytes
from mlpack.core.redaction import masked
from mlpack.package.comparison.model import Detail, Kind

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
    shown = tuple(map(masked, found[:_KEPT]))
    return Detail(kind=kind, lines=shown, more=max(0, len(found) - _KEPT))


def _lines(text: str) -> list[str]:
    """Split at line feeds alone; other ends of line stay in the line, where they show."""
    lines = text.split("\n")
    if lines[-1] == "":
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]}\n{_MISSING}"]


_SUFFIXES = (".pkl", ".pickle", ".joblib")
_OPCODES = 20_000
_SHOWN = 100


def is_pickle(path: str, content: bytes) -> bool:
    """Tell whether a file is a pickle, by its name, or by its first and last bytes."""
    binary = len(content) > 2 and content[0] == 0x80 and content[1] in range(2, 6)
    return binary and (path.endswith(_SUFFIXES) or content.endswith(b"."))


def compare_pickles(before: bytes, after: bytes, path: str) -> Detail | None:
    """Return the diff of two disassemblies; ``None`` where one is no pickle, or too long."""
    try:
        first, second = (list(islice(_opcodes(side), _OPCODES + 1)) for side in (before, after))
    except (ValueError, IndexError, OverflowError):
        return None
    return diff_lines(first, second, path, kind="pickle")


def _opcodes(content: bytes) -> Iterator[str]:
    """Yield a line an opcode, without the positions that would make all that follows differ."""
    stream = io.BytesIO(content)
    while stream.tell() < len(content):
        for opcode, argument, _ in pickletools.genops(stream):
            yield opcode.name if argument is None else f"{opcode.name} {_shown(argument)}"


def _shown(argument: object) -> str:
    text = repr(argument)
    if len(text) <= _SHOWN:
        return text
    raw = argument if isinstance(argument, bytes) else text.encode("utf-8", "backslashreplace")
    return f"{text[:_SHOWN]}… ({counted(len(raw), 'byte')}, {sha256_bytes(raw)})"
