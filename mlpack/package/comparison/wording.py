"""What differs between two packages, in lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mlpack.core.digest import canonical_json
from mlpack.package.comparison.model import (
    Detail,
    FileDifference,
    FileSide,
    PackageComparison,
    RequirementChange,
    ValueChange,
)

Tone = Literal["plain", "file", "added", "removed"]
_TONES: Mapping[str, Tone] = {"+": "added", "-": "removed"}
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text without control characters; ``tone`` says what kind of line it is."""

    text: str
    tone: Tone = "plain"


def difference_lines(comparison: PackageComparison) -> Iterator[Line]:
    """Yield a headline for each file that differs, and below it what differs in its terms."""
    for file in comparison.files:
        yield Line(text=_printable(_headline(file)), tone="file")
        for line in _detail(file.detail) if file.detail else ():
            yield Line(text=f"    {_printable(line.text)}", tone=line.tone)


def difference_text(comparison: PackageComparison, *, limit: int) -> str:
    """Return the first ``limit`` lines as one text, and how many more there are."""
    lines = [line.text for line in difference_lines(comparison)]
    more = [f"… and {len(lines) - limit} more lines"] if len(lines) > limit else []
    return "\n".join([*lines[:limit], *more])


def _headline(file: FileDifference) -> str:
    if file.change == "renamed":
        return f"{file.old_path} was renamed to {file.path}"
    if file.before is None or file.after is None:
        return f"{file.path} was {file.change} ({_side(file.before or file.after)})"
    if file.detail:
        return f"{file.path} was changed"
    return f"{file.path} was changed: {_side(file.before)} → {_side(file.after)}"


def _side(side: FileSide | None) -> str:
    return "" if side is None else f"{side.size:,} bytes, {side.digest[:19]}…"


def _detail(detail: Detail) -> Iterator[Line]:
    for requirement in detail.requirements:
        yield from _requirement(requirement)
    for value in detail.values:
        yield from _value(value)
    for line in detail.lines:
        yield from _of_unified_diff(line)
    if detail.more:
        yield Line(text=f"… and {detail.more} more")


def _requirement(change: RequirementChange) -> Iterator[Line]:
    if change.after is None:
        yield Line(text=f"- {change.name} {change.before}".rstrip(), tone="removed")
    elif change.before is None:
        yield Line(text=f"+ {change.name} {change.after}".rstrip(), tone="added")
    else:
        same = change.before == change.after
        moved = change.after if same else f"{change.before} → {change.after}"
        yield Line(text=f"{change.name} {moved}{_hashes(change)}")


def _hashes(change: RequirementChange) -> str:
    counts = ((change.hashes_added, "new"), (change.hashes_removed, "gone"))
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f" (hashes: {told})" if told else ""


def _value(change: ValueChange) -> Iterator[Line]:
    if change.change == "changed":
        yield Line(text=f"{change.key}: {_json(change.before)} → {_json(change.after)}")
    elif change.change == "added":
        yield Line(text=f"+ {change.key}: {_json(change.after)}", tone="added")
    else:
        yield Line(text=f"- {change.key}: {_json(change.before)}", tone="removed")


def _of_unified_diff(text: str) -> Iterator[Line]:
    first, *others = text.split("\n")
    heads = first.startswith(("+++", "---"))
    yield Line(text=first, tone="plain" if heads else _TONES.get(first[:1], "plain"))
    for other in others:
        yield Line(text=other)


def _json(value: object) -> str:
    text = canonical_json(value).decode()
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def _printable(text: str) -> str:
    """Return a line that a terminal does not obey: other characters show as Python writes them."""
    return "".join(
        char if char.isprintable() or char == "\t" else ascii(char)[1:-1] for char in text
    )
