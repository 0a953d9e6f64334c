"""What each finding means: the page `docs/findings.md`, a section a code.

A wheel carries the page inside; an editable install finds it in the repository.
"""

from __future__ import annotations

import re
from pathlib import Path

_HEADING = re.compile(r"^## ([a-z0-9-]+)$", re.MULTILINE)


def page() -> str:
    """Return the whole page, in Markdown."""
    package = Path(__file__).parent
    inside = package / "docs" / "findings.md"
    found = inside if inside.is_file() else package.parent / "docs" / "findings.md"
    return found.read_text(encoding="utf-8")


def explanations() -> dict[str, str]:
    """Return code → what it means, in the page's order."""
    _, *parts = _HEADING.split(page())
    return {code: text.strip() for code, text in zip(parts[::2], parts[1::2], strict=True)}
