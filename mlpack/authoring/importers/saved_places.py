"""Where a saved model comes from, what it is called, and where a project keeps it."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from mlpack.authoring.importers.model import Source
from mlpack.package.reading import PackageFacts

SCHEMES = ("models:/", "runs:/")


def uri_of(source: Source) -> str | None:
    """Return the URI to fetch, if the source is one."""
    return source.words[0] if source.words[0].startswith(SCHEMES) else None


def folder_of(path: Path) -> Path:
    """Return the folder of a model, which may be given by its ``MLmodel``."""
    return path.parent if path.name == "MLmodel" and path.is_file() else path


def named(source: Source, facts: PackageFacts) -> tuple[str, str | None]:
    """Return a name and, where one is known, a version."""
    if facts.origin is not None:
        return str(facts.origin.get("name", "model")), facts.origin.get("version")
    registered = re.fullmatch(r"models:/([^/@]+)[/@]?(.*)", source.words[0])
    if registered:
        number = registered[2] if registered[2].isdigit() else None
        return registered[1], number
    if uri_of(source):
        return source.words[0].rstrip("/").rpartition("/")[2], None
    return facts.path.name, None


def place(source: Source, facts: PackageFacts) -> PurePosixPath:
    """Return where a project keeps a model that it adopts: where it is, if that is inside."""
    inside = _inside(source, facts)
    return PurePosixPath("model_data/model") if inside is None else inside


def home(source: Source, facts: PackageFacts, name: str, *, adopts: bool) -> Path:
    """Return the project's folder: the one that has the model to adopt already, or a new one."""
    if adopts and _inside(source, facts) is not None:
        return source.folder
    return source.folder / name


def _inside(source: Source, facts: PackageFacts) -> PurePosixPath | None:
    here, there = source.folder.resolve(), facts.path.resolve()
    # A package of ours is an output, which the next build would replace.
    apart = source.fetched is not None or facts.origin is not None or here == there
    if apart or not there.is_relative_to(here):
        return None
    return PurePosixPath(there.relative_to(here).as_posix())
