"""A pickle, or what joblib wrote, followed opcode by opcode within limits."""

from __future__ import annotations

import pickletools
import time
from dataclasses import dataclass, field
from typing import Any

from mlpack.authoring.files.arrays import Layout
from mlpack.authoring.files.opcodes import ACTIONS, Stack
from mlpack.authoring.files.pickled import Elided, Made, Pickled
from mlpack.authoring.files.streams import CutError, EnoughError, Stream

_MOST_OPCODES = 2_000_000
_MOST_SECONDS = 30.0
_MOST_TEXT = 1 << 26
_LONGEST = 1 << 24
"""Bytes of one value that are kept; longer ones are passed over."""
_LONGEST_NUMBER = 256
_NUMPY_PICKLE = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_DEEPEST = 4
"""Pickles within pickles: joblib writes an array of objects so."""
_OPCODES = {each.code.encode("latin-1"): each for each in pickletools.opcodes}
_WIDTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}


@dataclass(slots=True)
class _Limits:
    """What is left of the budget, shared by a pickle and those within it."""

    opcodes: int = _MOST_OPCODES
    text: int = _MOST_TEXT
    ends: float = field(default_factory=lambda: time.monotonic() + _MOST_SECONDS)

    def count(self) -> None:
        self.opcodes -= 1
        if self.opcodes < 0 or (not self.opcodes & 0xFFFF and time.monotonic() > self.ends):
            raise EnoughError

    def keeps(self, length: int) -> bool:
        if length > min(_LONGEST, self.text):
            return False
        self.text -= length
        return True


def read_pickle(stream: Stream) -> Pickled:
    """Follow a pickle to its end, or to a limit. Raises ``CutError`` where it is not one."""
    found = Pickled(None, {}, [])
    reader = _Reader(stream, found, _Limits(), depth=0)
    try:
        found.value = reader.read()
    except EnoughError:
        found.complete = False
        found.value = reader.stack.bottom()
    return found


class _Reader:
    """Reads one pickle; those within it have readers of their own."""

    def __init__(self, stream: Stream, found: Pickled, limits: _Limits, *, depth: int) -> None:
        self.stack = Stack(found)
        self._stream = stream
        self._limits = limits
        self._depth = depth

    def _argument(self, opcode: pickletools.OpcodeInfo) -> Any:
        form = opcode.arg
        if form is None:
            return None
        width = _WIDTHS.get(form.n)
        if width is not None:
            return self._counted(opcode.name, width)
        return form.reader(self._stream)  # type: ignore[arg-type]

    def read(self) -> Any:
        """Return the pickle's value."""
        while True:
            opcode = _OPCODES.get(self._stream.read(1))
            if opcode is None:
                raise CutError("it is not a pickle, or is damaged")
            self._limits.count()
            if opcode.name == "STOP":
                return self.stack.pop()
            try:
                self._do(opcode, self._argument(opcode))
            except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
                raise CutError("it is not a pickle, or is damaged") from error

    def _counted(self, name: str, width: int) -> Any:
        """Read a value that says its own length; a long one is passed over."""
        length = int.from_bytes(self._stream.read(width), "little")
        is_number = name.startswith("LONG")
        if not self._limits.keeps(length) or (is_number and length > _LONGEST_NUMBER):
            self._stream.skip(length)
            return Elided(length)
        content = self._stream.read(length)
        if is_number:
            return int.from_bytes(content, "little", signed=True)
        if "UNICODE" in name:
            return content.decode("utf-8", "surrogatepass")
        return content.decode("latin-1") if "STRING" in name else content

    def _do(self, opcode: pickletools.OpcodeInfo, argument: Any) -> None:
        if opcode.name == "BUILD":
            self._build(self.stack.pop())
        elif act := ACTIONS.get(opcode.name):
            act(self.stack, argument)
        else:
            self.stack.push(argument)

    def _build(self, state: Any) -> None:
        """Give the object on top its state; joblib writes an array right behind its layout."""
        made = self.stack.top()
        if not isinstance(made, Made):
            return
        made.state = state
        kind = made.type
        if kind is not None and (kind.module, kind.name) == _NUMPY_PICKLE:
            self._pass_array(made)

    def _pass_array(self, made: Made) -> None:
        layout = Layout.of(made.attributes)
        if layout.of_objects:
            if self._depth >= _DEEPEST:
                raise EnoughError
            found, depth = self.stack.found, self._depth + 1
            made.items = [_Reader(self._stream, found, self._limits, depth=depth).read()]
            return
        if layout.is_aligned:
            self._stream.skip(self._stream.read(1)[0])
        if self._limits.keeps(layout.size):
            made.raw = self._stream.read(layout.size)
        else:
            self._stream.skip(layout.size)
