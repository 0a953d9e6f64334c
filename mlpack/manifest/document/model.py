"""Parsed data and the places it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlpack.core.errors import Span


def join(pointer: str, *keys: str | int) -> str:
    """Return the JSON pointer (RFC 6901) of what lies under ``pointer`` at ``keys``."""
    for key in keys:
        pointer += "/" + str(key).replace("~", "~0").replace("/", "~1")
    return pointer


def split(pointer: str) -> list[str]:
    """Return the keys of a JSON pointer, outermost first."""
    parts = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value stands: the span of its key (``None`` for list items, the root) and its own.

    ``source`` is a scalar as written, where it is unquoted: ``3.10`` behind the number 3.1.
    """

    key: Span | None
    value: Span
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Parsed data and, by JSON pointer, the place of every key and value in the text."""

    file: str
    """As shown to the user: relative to the working folder where possible."""
    text: str
    data: Any
    places: Mapping[str, Place]
    origins: Mapping[str, str] = field(default_factory=dict)
    """For a merged view: pointers into ``data`` whose values come from elsewhere in ``places``."""

    def origin(self, pointer: str) -> str:
        """Return where in the file the value at ``pointer`` is written, as a pointer."""
        if not self.origins:
            return pointer
        prefix = pointer
        while prefix:
            if prefix in self.origins:
                return self.origins[prefix] + pointer[len(prefix) :]
            prefix = prefix.rpartition("/")[0]
        return pointer

    def place(self, pointer: str) -> Place | None:
        """Return the place of the value at ``pointer``, or ``None`` where nothing is written."""
        return self.places.get(self.origin(pointer))

    def span(self, pointer: str, *, key: bool = False) -> Span:
        """Return where ``pointer`` stands; where nothing does, the key of its nearest parent.

        With ``key``, the span of the key and not of the value.
        """
        place = self.place(pointer)
        while place is None and pointer:
            pointer, key = pointer.rpartition("/")[0], True
            place = self.place(pointer)
        if place is None:
            return Span(file=self.file, line=1, column=1, end_line=1, end_column=1)
        return place.key if key and place.key else place.value

    def source(self, pointer: str) -> str | None:
        """Return the unquoted scalar at ``pointer`` as it is written."""
        place = self.place(pointer)
        return None if place is None else place.source
