"""A file as a stream of bounded length, decompressed on the way; what is skipped is not kept."""

from __future__ import annotations

import bz2
import io
import lzma
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from mlpack.core.errors import UsageError

_CHUNK = 1 << 18
_LINE = 1 << 16
_MOST_READ = 1 << 31
"""Bytes that are read, decompressed, of one file: two GB take some seconds."""
_MOST_MEMORY = 1 << 28
"""What an LZMA header may ask for."""


class CutError(Exception):
    """The file ends, or a value in it is not what its format allows."""


class EnoughError(Exception):
    """A limit is reached; what was read until here may still tell enough."""


class Decompressor(Protocol):
    """What ``bz2`` and ``lzma`` have in common."""

    @property
    def needs_input(self) -> bool:
        """Whether more compressed bytes are needed."""

    @property
    def eof(self) -> bool:
        """Whether the end has been seen."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most ``max_length`` bytes more."""


class _Zlib:
    """zlib and gzip with the face of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(47)
        self._tail = b""

    @property
    def needs_input(self) -> bool:
        return not self._tail

    @property
    def eof(self) -> bool:
        return self._inner.eof

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        found = self._inner.decompress(self._tail + data, max_length)
        self._tail = self._inner.unconsumed_tail
        return found


def _lzma() -> Decompressor:
    return lzma.LZMADecompressor(memlimit=_MOST_MEMORY)


_COMPRESSED: tuple[tuple[bytes, Callable[[], Decompressor]], ...] = (
    (b"\x78\x01", _Zlib),
    (b"\x78\x5e", _Zlib),
    (b"\x78\x9c", _Zlib),
    (b"\x78\xda", _Zlib),
    (b"\x1f\x8b", _Zlib),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", _lzma),
    (b"\x5d\0\0", _lzma),
)
_UNREADABLE = {b"\x04\x22\x4d\x18": "LZ4", b"\x28\xb5\x2f\xfd": "Zstandard"}


class Stream:
    """Reads forward only, and never more than the limits allow.

    Raises ``CutError`` where the bytes end, ``EnoughError`` where there are too many.
    """

    def __init__(self, file: BinaryIO, size: int, *, decompressor: Decompressor | None = None):
        self._file = file
        self._size = size
        self._decompressor = decompressor
        self._buffer = io.BytesIO()
        self._read = 0

    @property
    def is_compressed(self) -> bool:
        """Whether the bytes are decompressed on the way."""
        return self._decompressor is not None

    def read(self, count: int) -> bytes:
        """Return exactly ``count`` bytes."""
        found = self._buffer.read(count)
        while len(found) < count:
            more = self._some(count - len(found))
            if not more:
                raise CutError("it ends in the middle of a value")
            found += more
        return found

    def skip(self, count: int) -> None:
        """Pass over ``count`` bytes without keeping them."""
        if self._decompressor is None and count > _CHUNK:
            place = self._file.tell() - self._left() + count
            if place > self._size:
                raise CutError("it ends in the middle of a value")
            self._file.seek(place)
            self._buffer = io.BytesIO()
            return
        while count > 0:
            passed = len(self._some(min(count, _CHUNK)))
            if not passed:
                raise CutError("it ends in the middle of a value")
            count -= passed

    def readline(self) -> bytes:
        """Return a line with its end, which must come soon."""
        line = bytearray()
        while not line.endswith(b"\n"):
            if len(line) > _LINE:
                raise CutError("a line in it is too long")
            line += self.read(1)
        return bytes(line)

    def _left(self) -> int:
        return self._buffer.getbuffer().nbytes - self._buffer.tell()

    def _some(self, count: int) -> bytes:
        found = self._buffer.read(count)
        if not found and count:
            self._buffer = io.BytesIO(self._more())
            found = self._buffer.read(count)
        return found

    def _more(self) -> bytes:
        if self._decompressor is None:
            return self._counted(self._file.read(_CHUNK))
        while not self._decompressor.eof:
            needed = self._decompressor.needs_input
            given = self._file.read(_CHUNK) if needed else b""
            if needed and not given:
                raise CutError("its compressed data ends early")
            try:
                found = self._decompressor.decompress(given, _CHUNK)
            except (zlib.error, lzma.LZMAError, OSError, EOFError) as error:
                raise CutError("its compressed data is damaged") from error
            if found:
                return self._counted(found)
        return b""

    def _counted(self, found: bytes) -> bytes:
        self._read += len(found)
        if self._read > _MOST_READ:
            raise EnoughError
        return found


def open_stream(path: Path, file: BinaryIO) -> Stream:
    """Return ``file``, the opened ``path``, as a stream of what its compression hides."""
    head = file.read(8)
    file.seek(0)
    for magic, name in _UNREADABLE.items():
        if head.startswith(magic):
            raise UsageError(
                f"{path.name} is compressed with {name}, which mlpack cannot read",
                hint="write it again with `joblib.dump(model, path, compress=3)`",
            )
    made = next((make() for magic, make in _COMPRESSED if head.startswith(magic)), None)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return Stream(file, size, decompressor=made)


def stream_of(content: bytes) -> Stream:
    """Return bytes in memory as a stream."""
    return Stream(io.BytesIO(content), len(content))
