"""The rooms of mlpack and the arrows between them, from the law and the imports, as Mermaid."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import grimp

from tests.conftest import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PAGE = ROOT / "docs" / "architecture.md"
_BEGIN, _END = "<!-- made by: python -m tests.pictures rooms -->\n", "<!-- end -->\n"

_SPACING = '%%{init: {"flowchart": {"nodeSpacing": 40, "rankSpacing": 30}}}%%'

Arrows = Mapping[str, frozenset[str]]


def page() -> str:
    """Return docs/architecture.md with its diagram made anew."""
    before, begin, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} has no place for the diagram")
    return f"{before}{_BEGIN}```mermaid\n{diagram()}```\n{_END}{after}"


def diagram() -> str:
    """Return the Mermaid text: a box a room, a row a floor, an arrow where an import is needed."""
    rows, arrows = floors(), reduced(_imports())
    lines = [_SPACING, "flowchart TD"]
    lines += [f'  {_id(room)}["<b>{room}</b>"]' for rooms in rows for room in rooms]
    for rooms in rows:
        for room in rooms:
            lines += [f"  {_id(room)} --> {_id(other)}" for other in sorted(arrows[room])]
    # Links that are not drawn keep each floor on a row of its own.
    for above, below in pairwise(rows):
        pairs = product(above, below)
        lines += [f"  {_id(a)} ~~~ {_id(b)}" for a, b in pairs if b not in arrows[a]]
    return "\n".join(lines) + "\n"


def reduced(arrows: Arrows) -> dict[str, frozenset[str]]:
    """Return the arrows without those that a longer way says already."""
    return {
        start: frozenset(
            end for end in ends if not any(end in _reach(arrows, via) for via in ends - {end})
        )
        for start, ends in arrows.items()
    }


def _reach(arrows: Arrows, start: str) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for end in arrows.get(start, ()):
        found |= {end} | _reach(arrows, end)
    return found


def floors() -> list[list[str]]:
    """Return the rooms by floor, the highest first, as the law has them."""
    law: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = law["tool"]["importlinter"]["contracts"]
    (floors,) = (contract for contract in contracts if contract["id"] == "floors")
    rooms = [[room.strip() for room in layer.split("|")] for layer in floors["layers"]]
    return [[room for room in floor if room != "_version"] for floor in rooms]


def _imports() -> dict[str, frozenset[str]]:
    """Return which room imports from which."""
    rooms = [room for floor in floors() for room in floor]
    graph = grimp.build_graph("mlpack", exclude_type_checking_imports=True, cache_dir=None)
    found: dict[str, frozenset[str]] = {room: frozenset() for room in rooms}
    for module in graph.modules:
        room = _room(module)
        if room in found:
            others = {_room(other) for other in graph.find_modules_directly_imported_by(module)}
            found[room] |= (others & found.keys()) - {room}
    return found


def _room(module: str) -> str:
    return module.partition(".")[2].partition(".")[0]


def _id(room: str) -> str:
    return room.strip("_") or room
