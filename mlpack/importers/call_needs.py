"""The requirements that a call to save a model states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.importers.located import Located
from mlpack.importers.model import Left
from mlpack.importers.needs import (
    Needs,
    conda_needs,
    from_lines,
    needs_of,
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
    elif call.get("uv_project_path"):
        needs = _from_project(call, place.folder)
    if conda and listed:
        left.append(Left(what=f"`pip_requirements={listed}`", why="`conda_env` says all of it"))
    if needs is None and more:
        needs = Needs(value=[], origin=place.path.name)
    return (with_lines(needs, more) if needs is not None else None), left


def uv_project(call: Mapping[str, Any], folder: Path) -> PurePosixPath | None:
    """Return the ``pyproject.toml`` that a call takes its packages from, if nothing else does."""
    others = ("conda_env", "pip_requirements", "extra_pip_requirements")
    path = PurePosixPath(str(call.get("uv_project_path") or "..")) / "pyproject.toml"
    inside = not path.is_absolute() and ".." not in path.parts
    taken = inside and not any(call.get(key) for key in others) and (folder / path).is_file()
    return path if taken else None


def _from_project(call: Mapping[str, Any], folder: Path) -> Needs | None:
    path = uv_project(call, folder)
    if path is None:
        return None
    needs = needs_of(folder / path)
    given = {"extras": call.get("uv_extras"), "groups": call.get("uv_groups")}
    more = {key: [str(each) for each in value] for key, value in given.items() if value}
    if not isinstance(needs.value, Mapping):
        return needs
    return replace(needs, value={**needs.value, "pyproject": {"path": str(path), **more}})


def _from_file(
    name: str, folder: Path, reader: Callable[[str, Path], Needs], left: list[Left]
) -> Needs | None:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    if inside and (folder / path).is_file():
        return reader(name, folder)
    why = "the file does not exist" if inside else "it lies outside of the project"
    left.append(Left(what=f"the file of requirements {name}", why=why))
    return None
