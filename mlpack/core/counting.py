"""A number with its noun."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return ``1 package``, ``2 packages``: the noun's plural ends with ``s``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
