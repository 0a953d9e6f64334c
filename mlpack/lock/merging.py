"""The two halves of a lock that git could not merge, and one lock of what they share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlpack.lock.model import (
    Lock,
    LockedEnvironment,
    LockedPackage,
    LockedVariant,
    Repair,
)
from mlpack.lock.reading import Value
from mlpack.lock.salvage import salvaged

_NAMED = 3
# After `|||||||` git writes what both sides come from, if `merge.conflictStyle` asks for it.
_MARK = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?$")


def in_conflict(text: str) -> bool:
    """Tell whether a merge left its marks in ``text``."""
    return any(_MARK.match(line) for line in text.split("\n"))


def merged(text: str, name: str) -> Lock:
    """Return what both sides of the lock agree on; the rest are preferences, or left out."""
    ours, theirs = (salvaged(side) for side in sides(text))
    found = Lock(
        manifest=ours.manifest if ours.manifest == theirs.manifest else "",
        build_time=min(ours.build_time, theirs.build_time),
        environments=_environments(ours.environments, theirs.environments),
        variants=_variants(ours.variants, theirs.variants),
        outputs=_agreed(ours.outputs, theirs.outputs),
    )
    return replace(found, repair=_told(name, ours, theirs, found))


def sides(text: str) -> tuple[str, str]:
    """Return ``text`` as the one side had it, and as the other had it."""
    found: tuple[list[str], list[str]] = ([], [])
    taken: tuple[int, ...] = (0, 1)
    for line in text.split("\n"):
        mark = _MARK.match(line)
        if mark is None:
            for side in taken:
                found[side].append(line)
        else:
            taken = {"<": (0,), "|": (), "=": (1,), ">": (0, 1)}[line[0]]
    return "\n".join(found[0]), "\n".join(found[1])


def _environments(
    ours: Mapping[str, LockedEnvironment], theirs: Mapping[str, LockedEnvironment]
) -> dict[str, LockedEnvironment]:
    return {
        name: _environment(ours.get(name) or theirs[name], theirs.get(name) or ours[name])
        for name in sorted(ours.keys() | theirs.keys())
    }


def _environment(ours: LockedEnvironment, theirs: LockedEnvironment) -> LockedEnvironment:
    if ours == theirs:
        return replace(ours, resolved=ours.resolved or theirs.resolved)
    one, other = _by_name(ours), _by_name(theirs)
    packages = [
        _newer(one.get(key) or other[key], other.get(key) or one[key])
        for key in sorted(one.keys() | other.keys())
    ]
    return replace(
        ours,
        request="",
        python=ours.python if ours.python == theirs.python else "",
        packages=tuple(packages),
        excluded=tuple(dict.fromkeys((*ours.excluded, *theirs.excluded))),
        built=tuple({*ours.built, *theirs.built}),
        resolved=False,
    )


def _by_name(environment: LockedEnvironment) -> dict[tuple[str, str], LockedPackage]:
    return {(each.name, each.marker or ""): each for each in environment.packages}


def _newer(ours: LockedPackage, theirs: LockedPackage) -> LockedPackage:
    """Return the newer one, so that it does not matter who merges whom."""
    if ours.version == theirs.version:
        return ours
    from packaging.version import InvalidVersion, Version

    try:
        return ours if Version(ours.version) > Version(theirs.version) else theirs
    except InvalidVersion:
        return max(ours, theirs, key=lambda each: each.version)


def _variants(
    ours: Mapping[str, LockedVariant], theirs: Mapping[str, LockedVariant]
) -> dict[str, LockedVariant]:
    return {
        name: _variant(ours.get(name) or theirs[name], theirs.get(name) or ours[name])
        for name in sorted(ours.keys() | theirs.keys())
    }


def _variant(ours: LockedVariant, theirs: LockedVariant) -> LockedVariant:
    return replace(
        ours,
        artifacts=_agreed(ours.artifacts, theirs.artifacts),
        example_files=_agreed(ours.example_files, theirs.example_files),
    )


def _agreed(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> dict[str, Value]:
    """Return what is the same on both sides, or on one of them only."""
    both = {**theirs, **ours}
    return {name: value for name, value in both.items() if theirs.get(name, value) == value}


def _told(name: str, ours: Lock, theirs: Lock, found: Lock) -> Repair:
    kept, moved = _compared(ours.environments, theirs.environments)
    told = [f"kept {kept} pins that both sides have"]
    if moved:
        told.append(f"resolved {_listed(moved)} again")
    elif not all(each.resolved for each in found.environments.values()):
        told.append("checked that they fit together")
    lost = sorted((ours.outputs.keys() | theirs.outputs.keys()) - found.outputs.keys())
    if lost:
        told.append(f"dropped the recorded output{f' of {_listed(lost)}' if any(lost) else ''}")
    *some, last = told
    sentence = f"{name} had merge conflicts: {', '.join(some)}{' and ' if some else ''}{last}"
    return Repair(reason="its merge conflicts were resolved", sentence=sentence)


def _compared(
    ours: Mapping[str, LockedEnvironment], theirs: Mapping[str, LockedEnvironment]
) -> tuple[int, list[str]]:
    """Return how many pins are the same on both sides, and the names of the others."""
    one, other = (
        {(name, *key): pin for name, each in side.items() for key, pin in _by_name(each).items()}
        for side in (ours, theirs)
    )
    names = {key[1] for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    return sum(one[key] == other[key] for key in one.keys() & other.keys()), sorted(names)


def _listed(names: Sequence[str]) -> str:
    """Return at most three names as a reader would say them."""
    named = [*names[:_NAMED], f"{len(names) - _NAMED} more"] if len(names) > _NAMED else [*names]
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
