"""Which Pythons have releases of a framework's version, and what an old version needs beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlpack.authoring.files.model import Need

# Minor of scikit-learn 1 → the oldest and newest minor of Python 3 with wheels.
_SKLEARN = {
    0: (7, 10), 1: (8, 11), 2: (8, 11), 3: (8, 12), 4: (9, 12), 5: (9, 13), 6: (9, 13), 7: (10, 14),
    8: (11, 14),
}  # fmt: skip
# Their first patches had fewer.
_SKLEARN_PATCHES = {(1, 0): 10, (1, 1): 10, (1, 2): 10, (3, 0): 11, (5, 0): 12, (5, 1): 12}
_SKLEARN_OF_NUMPY_2 = (1, 4, 2)


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()


def python_for_sklearn(version: str) -> tuple[int, int]:
    """Return the oldest and the newest minor of Python 3 that can have this scikit-learn."""
    major, minor, patch = (*numbers(version), 0, 0, 0)[:3]
    if major < 1:
        return 6, 9
    oldest, newest = _SKLEARN.get(minor, (11, 14))
    return oldest, _SKLEARN_PATCHES.get((minor, patch), newest)


def beside_sklearn(version: str | None, *, numpy_2: bool) -> Iterator[Need]:
    """Yield what must be said of NumPy for a pickle to be read."""
    if numpy_2:
        yield Need(requirement="numpy>=2", comment="NumPy 2 wrote the pickle's arrays")
    elif version is not None and numbers(version) < _SKLEARN_OF_NUMPY_2:
        yield Need(requirement="numpy<2", comment=f"scikit-learn {version} needs NumPy 1")


def compatible(package: str, version: str | None) -> str:
    """Return a requirement of this version or a later one of the same major."""
    if version is None:
        return package
    found = (*numbers(version), 0)[:2]
    return f"{package}~={found[0]}.{found[1]}" if numbers(version) else package
