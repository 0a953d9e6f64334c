"""The pins of a ``uv.lock``; its addresses are left where they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlpack.importers.model import Left
from mlpack.importers.tables import listed, table


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPins:
    """Pins as constraint lines, and what the locked project itself asks for."""

    pins: tuple[str, ...]
    direct: tuple[str, ...]
    python: str | None
    left: tuple[Left, ...]


def locked_pins(content: dict[str, Any]) -> LockedPins:
    """Return the pins of a lock that uv wrote: name, version and marker, never an address."""
    packages = [each for each in listed(content, "package") if isinstance(each, dict)]
    names = [str(each.get("name")) for each in packages]
    pins: set[str] = set()
    left: list[Left] = []
    direct: list[str] = []
    for each in packages:
        name, source = str(each.get("name")), table(each, "source")
        if "registry" in source:
            pins.add(_pin(each, forked=names.count(name) > 1))
        elif source.get("virtual") == "." or source.get("editable") == ".":
            direct = [_direct(item) for item in listed(each, "dependencies")]
        else:
            kind = next(iter(source), "place unknown")
            why = f"it comes from a {kind}, and a manifest's packages come from an index"
            left.append(Left(what=f"the pin of {name}", why=why))
    python = content.get("requires-python")
    return LockedPins(
        pins=tuple(sorted(pins)),
        direct=tuple(direct),
        python=None if python is None else str(python),
        left=tuple(left),
    )


def _pin(package: dict[str, Any], *, forked: bool) -> str:
    line = f"{package.get('name')}=={package.get('version')}"
    markers = [str(each) for each in listed(package, "resolution-markers")] if forked else []
    if not markers:
        return line
    joined = " or ".join(f"({each})" for each in markers) if len(markers) > 1 else markers[0]
    return f"{line} ; {joined}"


def _direct(item: Any) -> str:
    extra = ",".join(str(each) for each in listed(item, "extra"))
    item = item if isinstance(item, dict) else {}
    extras = f"[{extra}]" if extra else ""
    marker = f" ; {item['marker']}" if item.get("marker") else ""
    return f"{item.get('name')}{extras}{marker}"
