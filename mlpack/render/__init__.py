"""Reports and problems as text, JSON and annotations."""

from __future__ import annotations

_CODES = {"bold": 1, "red": 31, "green": 32, "yellow": 33}


def style(text: str, *styles: str) -> str:
    """Return ``text`` between ANSI codes."""
    codes = ";".join(str(_CODES[name]) for name in styles)
    return f"\x1b[{codes}m{text}\x1b[0m"
