"""Universal Binary JSON, as far as XGBoost writes it; long arrays of numbers are passed over."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

from mlpack.authoring.files.streams import CutError, EnoughError, Stream

_NUMBERS = {
    b"i": ">b", b"U": ">B", b"I": ">h", b"l": ">i", b"L": ">q", b"d": ">f", b"D": ">d",
}  # fmt: skip
_WORDS = {b"Z": None, b"T": True, b"F": False, b"N": None}
_LONGEST = 1 << 16
_KEPT = 1 << 12
_DEEPEST = 40
_MOST_VALUES = 3_000_000


class UbjReader:
    """Reads one value of a stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._left = _MOST_VALUES

    def value(self, marker: bytes | None = None, depth: int = 0) -> Any:
        """Return the next value; a long string or array is ``None``."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise EnoughError
        marker = marker or self._stream.read(1)
        if marker in _NUMBERS:
            return self._number(marker)
        if marker == b"S":
            return self._text()
        if marker == b"C":
            return self._stream.read(1).decode("latin-1")
        if marker == b"[":
            return self._array(depth)
        if marker == b"{":
            return self._object(depth)
        if marker in _WORDS:
            return _WORDS[marker]
        raise CutError("it is not UBJSON, or is damaged")

    def _number(self, marker: bytes) -> Any:
        form = _NUMBERS[marker]
        return struct.unpack(form, self._stream.read(struct.calcsize(form)))[0]

    def _length(self) -> int:
        length = self.value()
        if not isinstance(length, int) or length < 0:
            raise CutError("it is not UBJSON, or is damaged")
        return length

    def _text(self) -> str | None:
        length = self._length()
        if length > _LONGEST:
            self._stream.skip(length)
            return None
        return self._stream.read(length).decode("utf-8", "replace")

    def _array(self, depth: int) -> Any:
        kind, count, first = self._header()
        if kind in _NUMBERS and count is not None:
            width = struct.calcsize(_NUMBERS[kind])
            if count > _KEPT:
                self._stream.skip(count * width)
                return None
            return [self._number(kind) for _ in range(count)]
        return list(self._items(kind, count, first, depth))

    def _header(self) -> tuple[bytes | None, int | None, bytes | None]:
        """Return the type and the count where they are given, else the marker of what follows."""
        marker = self._stream.read(1)
        kind = None
        if marker == b"$":
            kind, marker = self._stream.read(1), self._stream.read(1)
        if marker == b"#":
            return kind, self._length(), None
        return kind, None, marker

    def _items(
        self, kind: bytes | None, count: int | None, first: bytes | None, depth: int
    ) -> Iterator[Any]:
        if count is not None:
            for _ in range(count):
                yield self.value(kind, depth + 1)
            return
        while first != b"]":
            yield self.value(first, depth + 1)
            first = self._stream.read(1)

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        _, count, first = self._header()
        while count is None or len(found) < count:
            if count is None and first == b"}":
                break
            name = self._name(first)
            found[name] = self.value(depth=depth + 1)
            first = self._stream.read(1) if count is None else None
        return found

    def _name(self, marker: bytes | None) -> str:
        length = self.value(marker)
        if not isinstance(length, int) or not 0 <= length <= _LONGEST:
            raise CutError("it is not UBJSON, or is damaged")
        return self._stream.read(length).decode("utf-8", "replace")
