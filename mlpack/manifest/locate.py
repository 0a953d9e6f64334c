"""Where manifests lie."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mlpack.core.errors import UsageError

FILE_NAME = "mlpack.yaml"

Listing = Callable[[Path, str], "Iterable[Path] | None"]
"""Gives the files of a name at or below a folder that version control does not ignore, or ``None``
where no version control knows the folder."""


def find(start: Path) -> Path:
    """Return the nearest ``mlpack.yaml`` in ``start`` or above.  Raises ``UsageError``."""
    found = next(above(start), None)
    if found is not None:
        return found
    hint = "Run `mlpack init` for a new project, or specify a manifest with `-f`."
    if (start.absolute() / "mlpack.yml").is_file():
        hint = f"Rename mlpack.yml to {FILE_NAME}, or specify it with `-f`."
    raise UsageError(f"No {FILE_NAME} found in {start} or any parent folder.", hint=hint)


def above(start: Path, *, top: Path | None = None) -> Iterator[Path]:
    """Yield each ``mlpack.yaml`` in ``start`` and its parents, up to ``top``, the nearest first."""
    folder = start.absolute()
    for place in (folder, *folder.parents):
        if (place / FILE_NAME).is_file():
            yield place / FILE_NAME
        if place == top:
            return


def repository(start: Path) -> Path | None:
    """Return the top folder of the git repository that ``start`` is in, or ``None``."""
    folder = start.absolute()
    # A worktree and a submodule have a file of this name.
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), None)


def below(folder: Path, listing: Listing) -> list[Path]:
    """Return every ``mlpack.yaml`` in ``folder`` or below that somebody wrote, in order.

    What version control ignores, and what environments and packages contain, does not count.
    """
    listed = listing(folder, FILE_NAME)
    if listed is None:
        return sorted(_walked(folder))
    known: dict[Path, bool] = {}
    return sorted(path for path in listed if path.is_file() and _is_own(path.parent, folder, known))


def _walked(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _written_by_hand(Path(place, name)))
        if FILE_NAME in files:
            yield Path(place, FILE_NAME)


def _is_own(place: Path, top: Path, known: dict[Path, bool]) -> bool:
    if place == top:
        return True
    if place not in known:
        known[place] = _written_by_hand(place) and _is_own(place.parent, top, known)
    return known[place]


def _written_by_hand(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in ("node_modules", "__pycache__")
    # Environments and packages hold copies of other people's files.
    return not (hidden or (folder / "pyvenv.cfg").exists() or (folder / "MLmodel").exists())
