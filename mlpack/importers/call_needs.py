"""The requirements that a call to save a model states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.importers.located import Located
from mlpack.importers.model import Left
from mlpack.importers.needs import (
    Needs,
    conda_needs,
    from_lines,
    stated_conda_file,
    stated_file,
    with_lines,
)


def stated_needs(call: Mapping[str, Any], place: Located) -> tuple[Needs | None, list[Left]]:
    """Return what a call says of packages, ``None`` where it says nothing, and what is left."""
    conda, listed = call.get("conda_env"), call.get("pip_requirements")
    extra = call.get("extra_pip_requirements")
    more = [f"-r {extra}"] if isinstance(extra, str) else [str(each) for each in extra or ()]
    needs, left = None, list[Left]()
    if isinstance(conda, Mapping):
        needs = conda_needs(conda, place.file)
    elif conda:
        needs = _from_file(str(conda), place.folder, stated_conda_file, left)
    elif isinstance(listed, str):
        needs = _from_file(listed, place.folder, stated_file, left)
    elif listed or more:
        if not listed:
            why = "only extra_pip_requirements are stated"
            left.append(Left(what="the inferred requirements", why=why))
        return from_lines([*map(str, listed or ()), *more], place.file, None), left
    if conda and listed:
        left.append(Left(what=f"`pip_requirements={listed}`", why="`conda_env` says all of it"))
    if needs is None and more:
        needs = Needs(value=[], origin=place.path.name)
    return (with_lines(needs, more) if needs is not None else None), left


def _from_file(
    name: str, folder: Path, reader: Callable[[str, Path], Needs], left: list[Left]
) -> Needs | None:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    if inside and (folder / path).is_file():
        return reader(name, folder)
    why = "there is no such file" if inside else "it lies outside of the project"
    left.append(Left(what=f"the file of requirements {name}", why=why))
    return None
