"""Two structures of mappings and lists, compared by key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from mlpack.core.digest import canonical_json
from mlpack.package.comparison.model import ValueChange

# Aligning lists takes time that grows with the product of their lengths.
_ALIGNED = 500


def compare_structures(before: Any, after: Any, key: str = "") -> Iterator[ValueChange]:
    """Yield what differs between two JSON values, in the order of their keys."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mappings(before, after, key)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, key)
    elif not same(before, after):
        yield ValueChange(key=key, change="changed", before=before, after=after)


def same(before: Any, after: Any) -> bool:
    """Tell whether two JSON values are one; ``1``, ``1.0`` and ``true`` are three."""
    return type(before) is type(after) and canonical_json(before) == canonical_json(after)


def _mappings(
    before: Mapping[str, Any], after: Mapping[str, Any], key: str
) -> Iterator[ValueChange]:
    for name in sorted(before.keys() | after.keys()):
        place = f"{key}.{_shown(name)}" if key else _shown(name)
        if name not in after:
            yield ValueChange(key=place, change="removed", before=before[name])
        elif name not in before:
            yield ValueChange(key=place, change="added", after=after[name])
        else:
            yield from compare_structures(before[name], after[name], place)


def _shown(name: str) -> str:
    return name if name and not set(name) & set(".[] \t\n\"'") else repr(name)


def _lists(before: list[Any], after: list[Any], key: str) -> Iterator[ValueChange]:
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None:
        yield from _named(old, new, key)
        return
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    first, second = before[start : len(before) - end], after[start : len(after) - end]
    if max(len(first), len(second)) <= _ALIGNED:
        yield from _aligned(first, second, key, start)
    else:
        yield from _paired(first, second, key, start, start)


def _by_name(items: list[Any]) -> dict[str, Any] | None:
    """Return a list of named mappings, such as columns, by name; ``None`` if it is none."""
    if not items or not all(isinstance(item, Mapping) for item in items):
        return None
    names = [item.get("name") for item in items]
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        return None
    return dict(zip(names, items, strict=True))


def _named(old: dict[str, Any], new: dict[str, Any], key: str) -> Iterator[ValueChange]:
    for name in [*old, *(name for name in new if name not in old)]:
        place = f"{key}[{name}]"
        if name not in new:
            yield ValueChange(key=place, change="removed", before=old[name])
        elif name not in old:
            yield ValueChange(key=place, change="added", after=new[name])
        else:
            yield from compare_structures(old[name], new[name], place)
    order = [name for name in old if name in new], [name for name in new if name in old]
    if order[0] != order[1]:
        yield ValueChange(key=f"order of {key}", change="changed", before=order[0], after=order[1])


def _common(before: Sequence[Any], after: Sequence[Any]) -> int:
    """Return how many items at the start are the same."""
    count = 0
    for first, second in zip(before, after, strict=False):
        if not same(first, second):
            break
        count += 1
    return count


def _aligned(before: list[Any], after: list[Any], key: str, start: int) -> Iterator[ValueChange]:
    texts = [[canonical_json(item) for item in side] for side in (before, after)]
    matcher = SequenceMatcher(a=texts[0], b=texts[1], autojunk=False)
    for tag, low, high, new_low, new_high in matcher.get_opcodes():
        if tag != "equal":
            first, second = before[low:high], after[new_low:new_high]
            yield from _paired(first, second, key, start + low, start + new_low)


def _paired(
    before: list[Any], after: list[Any], key: str, start: int, new_start: int
) -> Iterator[ValueChange]:
    """Compare item by item; what one side has more was removed or added."""
    both = min(len(before), len(after))
    for number in range(both):
        place = f"{key}[{new_start + number}]"
        yield from compare_structures(before[number], after[number], place)
    for number, item in enumerate(before[both:], start + both):
        yield ValueChange(key=f"{key}[{number}]", change="removed", before=item)
    for number, item in enumerate(after[both:], new_start + both):
        yield ValueChange(key=f"{key}[{number}]", change="added", after=item)
