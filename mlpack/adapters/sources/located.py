"""What a server says of the files behind a URI, before any of them is downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file on a server.

    ``tag`` changes when the content does; without one, pieces of several answers cannot be known
    to be of one file. ``digest`` is what the server says of the content: ``sha256:<hex>``, or
    git's ``blob:<hex>``.
    """

    name: PurePosixPath
    """Its place in what is delivered."""
    key: str
    """What its server calls it."""
    size: int | None
    tag: str | None = None
    ranged: bool = True
    """Whether its server gives a part of it alone."""
    fixed: bool = False
    """Its key stands for one content for ever, whatever tags answers carry."""
    digest: str | None = None

    @property
    def joinable(self) -> bool:
        """Whether it may be put together from several answers."""
        return self.size is not None and self.ranged and (self.fixed or self.tag is not None)


class Reader(Protocol):
    """Gives the bytes of remote files."""

    def blocks(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``end``.

        Raises ``BrokenOffError`` when the answer ends too early, ``MovedError`` when the file is
        not the one described any more, and ``OutsideError`` when there is no answer.
        """

    def whole(self, file: RemoteFile) -> Iterator[bytes]:
        """Yield all bytes of a file, as one answer; raises as ``blocks`` does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """The files behind a URI; ``folder`` tells a folder of one file from a file."""

    files: tuple[RemoteFile, ...]
    reader: Reader
    folder: bool
    revision: str | None = None


class BrokenOffError(Exception):
    """An answer ended before its end; what came until then is good."""


class MovedError(Exception):
    """The file changed while it was downloaded."""
