"""What one lock says of packages that the lock before it did not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from mlpack.lock.model import Lock, LockedEnvironment, LockedPackage

Kind = Literal["updated", "downgraded", "changed", "added", "removed", "excluded", "yanked"]
_SHOWN_OF_A_COMMIT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One package that moved, or ``python``; versions are joined by commas where there are several.

    ``changed`` is the same version with other files, marker or URL; ``excluded`` a version that
    is skipped now and was not before; ``yanked`` a pin that stayed and that its index has yanked.
    """

    change: Kind
    name: str
    before: str | None = None
    after: str | None = None
    reason: str | None = None
    environments: tuple[str, ...] = ()
    """Where it moved, by name."""


def moves(old: Lock | None, new: Lock) -> tuple[Move, ...]:
    """Return what moved between two locks, each once; nothing for the first lock of all."""
    if old is None:
        return ()
    found: dict[Move, list[str]] = {}
    for name, locked in sorted(new.environments.items()):
        former = _former(old, new, name)
        for move in _moved(former, locked) if former else ():
            found.setdefault(move, []).append(name)
    return tuple(replace(move, environments=tuple(names)) for move, names in found.items())


def _former(old: Lock, new: Lock, name: str) -> LockedEnvironment | None:
    """Return the environment that the variants of this one had before; names may have changed."""
    variants = [key for key, variant in new.variants.items() if variant.environment == name]
    had = [old.variants[key].environment for key in variants if key in old.variants]
    return old.environments.get(had[0] if had else name)


def _moved(old: LockedEnvironment, new: LockedEnvironment) -> Iterator[Move]:
    if old.python != new.python:
        yield _compared("python", old.python, new.python)
    before, after = _by_name(old.packages), _by_name(new.packages)
    for name in sorted(before.keys() | after.keys()):
        yield from _package(name, before.get(name, ()), after.get(name, ()))
    known = {(one.name, one.version) for one in old.excluded}
    for one in new.excluded:
        if (one.name, one.version) not in known:
            reason = f"it requires Python {one.requires_python}"
            yield Move(change="excluded", name=one.name, after=one.version, reason=reason)
    pinned = {(each.name, each.version) for each in old.packages}
    for (name, version), reason in sorted(new.yanked.items()):
        if (name, version) in pinned:
            yield Move(change="yanked", name=name, after=version, reason=reason or None)


def _package(
    name: str, old: tuple[LockedPackage, ...], new: tuple[LockedPackage, ...]
) -> Iterator[Move]:
    before, after = _versions(old), _versions(new)
    if not old:
        yield Move(change="added", name=name, after=after)
    elif not new:
        yield Move(change="removed", name=name, before=before)
    elif before != after:
        yield _compared(name, before, after)
    elif difference := _difference(old, new):
        yield Move(change="changed", name=name, before=before, after=after, reason=difference)


def _compared(name: str, before: str, after: str) -> Move:
    lower = _highest(after) < _highest(before)
    return Move(change="downgraded" if lower else "updated", name=name, before=before, after=after)


def _highest(versions: str) -> tuple[int, Any]:
    from packaging.version import InvalidVersion, Version

    try:
        return 0, max(Version(each) for each in versions.split(", "))
    except InvalidVersion:
        # Commits have no order: a move between them, or to one, is an update.
        return 1, ""


def _difference(old: tuple[LockedPackage, ...], new: tuple[LockedPackage, ...]) -> str | None:
    """Say what differs between pins of one version, or ``None`` where nothing does."""
    before, after = _hashes(old), _hashes(new)
    counts = ((len(after - before), "added"), (len(before - after), "removed"))
    words = [
        f"{count} {'file' if count == 1 else 'files'} {verb}" for count, verb in counts if count
    ]
    if [each.marker for each in old] != [each.marker for each in new]:
        words.append("other platforms")
    if [each.url for each in old] != [each.url for each in new]:
        words.append("another URL")
    return ", ".join(words) or None


def _hashes(packages: Iterable[LockedPackage]) -> set[str]:
    return {value for package in packages for value in package.sha256}


def _by_name(packages: Iterable[LockedPackage]) -> Mapping[str, tuple[LockedPackage, ...]]:
    found: dict[str, tuple[LockedPackage, ...]] = {}
    for package in sorted(packages, key=lambda each: (each.name, each.version, each.marker or "")):
        found[package.name] = (*found.get(package.name, ()), package)
    return found


def _versions(packages: Iterable[LockedPackage]) -> str:
    return ", ".join(dict.fromkeys(shown_version(package) for package in packages))


def shown_version(package: LockedPackage) -> str:
    """Return a pin's version, or the beginning of its commit where it is one of git."""
    if package.version or package.url is None:
        return package.version
    return package.url.rpartition("@")[2][:_SHOWN_OF_A_COMMIT]
