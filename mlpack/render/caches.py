"""What the cache holds and what was dropped of it, as text."""

from __future__ import annotations

from mlpack.render.ansi import style
from mlpack.render.reports import Shown, size_text
from mlpack.report import CacheReport, ShelfReport


def size(report: CacheReport, shown: Shown) -> str:
    """Say what the cache holds, a line a kind."""
    head = f"{style(shown(report.cache), 'bold')} holds {size_text(report.own)} of its own\n"
    return head + "".join(_line(shelf) for shelf in report.shelves if shelf.count)


def pruned(report: CacheReport, shown: Shown) -> str:
    """Say what was dropped, and how much the disk has back."""
    if not any(shelf.count for shelf in report.shelves):
        return f"{style(shown(report.cache), 'bold')} holds nothing to drop\n"
    head = f"{style(shown(report.cache), 'bold')} is smaller by {size_text(report.own)}\n"
    return head + "".join(_line(shelf) for shelf in report.shelves if shelf.count)


def whole(report: CacheReport, shown: Shown) -> str:
    """Say that everything is what it should be."""
    return f"{style(shown(report.cache), 'bold')} is whole\n" + "".join(
        _line(shelf) for shelf in report.shelves if shelf.count
    )


def _line(shelf: ShelfReport) -> str:
    shared = shelf.size - shelf.own
    more = f", {size_text(shared)} of them shared with other folders" if shared else ""
    return f"  {shelf.count} {shelf.name}: {size_text(shelf.size)}{more}\n"
