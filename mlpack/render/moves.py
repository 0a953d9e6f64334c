"""What moved between two locks: as lines, and as the table of a run's page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlpack.lock.changes import Move
from mlpack.render import style

_COLORS = {"added": "green", "removed": "red", "excluded": "yellow", "yanked": "yellow"}


def move_lines(moves: Iterable[Move], environments: int) -> Iterator[str]:
    """Yield a line a move; it names the environments that it concerns, if these are not all."""
    for move in moves:
        verb = style(move.change.capitalize(), *_styles(move))
        partly = len(move.environments) < environments
        where = f" ({', '.join(move.environments)})" if partly else ""
        yield f"{verb} {_words(move)}{where}"


def move_table(moves: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return moves as the rows of a Markdown table."""
    if not moves:
        return []
    return [
        "",
        "| change | package | from | to | where | why |",
        "|---|---|---|---|---|---|",
        *(_row(move) for move in moves),
    ]


def _styles(move: Move) -> tuple[str, ...]:
    color = _COLORS.get(move.change)
    return ("bold",) if color is None else (color,)


def _words(move: Move) -> str:
    if move.before is not None and move.after is not None and move.before != move.after:
        return f"{move.name} {move.before} → {move.after}"
    reason = f": {move.reason}" if move.reason else ""
    return f"{move.name} {move.after or move.before}{reason}"


def _row(move: Mapping[str, Any]) -> str:
    cells = (
        str(move["change"]),
        f"`{move['name']}`",
        move["before"] or "",
        move["after"] or "",
        ", ".join(move["environments"]),
        " ".join((move["reason"] or "").replace("|", "\\|").split()),
    )
    return f"| {' | '.join(cells)} |"
