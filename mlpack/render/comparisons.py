"""Two packages side by side, as a person reads them."""

from __future__ import annotations

from mlpack.comparison import PackageComparison, difference_lines
from mlpack.render.ansi import style
from mlpack.render.reports import Shown

_STYLES = {"file": "bold", "added": "green", "removed": "red"}


def diff_text(comparison: PackageComparison, shown: Shown) -> str:
    """Say what differs between two packages, file by file."""
    first, second = shown(comparison.first), shown(comparison.second)
    if comparison.equal:
        return f"{first} and {second} are the same ({comparison.first_digest})\n"
    lines = [f"--- {first} ({comparison.first_digest})"]
    lines += [f"+++ {second} ({comparison.second_digest})"]
    for line in difference_lines(comparison):
        name = _STYLES.get(line.tone)
        lines.append(line.text if name is None else style(line.text, name))
    return "\n".join(lines) + "\n"
