"""Which files of two trees differ, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from mlpack.digest import TreeDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """File names (posix, relative to the root), each list sorted; a renamed one stands once."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Old name and new name of a file whose bytes stayed the same."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed)

    def sentences(self) -> tuple[str, ...]:
        """Say each difference in words: what happened to which file."""
        return (
            *(f"{name} was changed" for name in self.changed),
            *(f"{name} was added" for name in self.added),
            *(f"{name} was removed" for name in self.removed),
            *(f"{old} was renamed to {new}" for old, new in self.renamed),
        )


def file_digests(tree: TreeDigest) -> dict[str, str]:
    """Return the digest of each file of a tree by its name."""
    return {str(file.path): file.digest for file in tree.files}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> Differences:
    """Compare two mappings from file name to digest, such as ``Record.files``."""
    gone = sorted(before.keys() - after.keys())
    come = sorted(after.keys() - before.keys())
    renamed = _renamed({name: before[name] for name in gone}, {name: after[name] for name in come})
    old_names, new_names = {old for old, _ in renamed}, {new for _, new in renamed}
    return Differences(
        added=tuple(name for name in come if name not in new_names),
        removed=tuple(name for name in gone if name not in old_names),
        changed=tuple(
            sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
        ),
        renamed=renamed,
    )


def _renamed(gone: Mapping[str, str], come: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Pair the names of equal bytes, in order; of several equal files any may have moved."""
    free: dict[str, list[str]] = defaultdict(list)
    for name, digest in come.items():
        free[digest].append(name)
    return tuple((name, free[digest].pop(0)) for name, digest in gone.items() if free[digest])
