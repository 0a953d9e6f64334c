"""Artifacts by name, as paths inside the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from mlpack.importers.model import Left

_PROJECT = PurePosixPath()


def artifacts_of(
    stated: Mapping[str, str], folder: Path, below: PurePosixPath = _PROJECT
) -> tuple[dict[str, str], tuple[Left, ...]]:
    """Return the artifacts that can be carried over, and the others with the reason.

    Paths are relative to ``below`` in the project; one that is there without it is taken as well.
    """
    found: dict[str, str] = {}
    left: list[Left] = []
    for name, text in stated.items():
        path, why = _place(text, folder, below)
        if path is not None:
            found[name] = path
        if why is not None:
            left.append(Left(what=f"the artifact {name} ({text})", why=why))
    return found, tuple(left)


def _place(text: str, folder: Path, below: PurePosixPath) -> tuple[str | None, str | None]:
    if "://" in text and not text.startswith("file://"):
        return text, None
    path = PurePosixPath(text.removeprefix("file://"))
    if path.is_absolute() and Path(path).resolve().is_relative_to(folder.resolve()):
        path = PurePosixPath(Path(path).resolve().relative_to(folder.resolve()).as_posix())
    elif path.is_absolute() or ".." in path.parts:
        return None, "it lies outside of the project: copy it into the project"
    elif not (folder / below / path).exists() and not (folder / path).exists():
        return str(below / path), "there is no such file yet: put it there before building"
    elif (folder / below / path).exists():
        path = below / path
    if path == _PROJECT:
        return None, "the whole project cannot be an artifact"
    return str(path), None
