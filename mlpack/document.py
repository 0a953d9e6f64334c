"""YAML text as data with a place for every key and value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlpack.errors import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value stands: the span of its key (``None`` for list items and the root) and its own."""

    key: Span | None
    value: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Parsed data and, by JSON pointer, the place of every key and value in the text."""

    file: str
    """As shown to the user: relative to the working folder where possible."""
    text: str
    data: Any
    places: Mapping[str, Place]
