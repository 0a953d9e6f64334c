"""Two pickles, compared by their opcodes: nothing in them is ever run."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator
from itertools import islice

from mlpack.comparison.model import Detail
from mlpack.comparison.texts import diff_lines
from mlpack.digest import sha256_bytes

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
    return f"{text[:_SHOWN]}… ({len(raw)} bytes, {sha256_bytes(raw)})"
