"""The lists that a variant's requirements are written in: the manifest's own, and files'."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from mlpack.authoring.editing.listing import Listing, UneditableError
from mlpack.authoring.editing.manifest import manifest_listing
from mlpack.authoring.editing.pyproject import Keys, toml, toml_array
from mlpack.authoring.editing.requirement_file import requirement_file
from mlpack.lock.request import gathered
from mlpack.manifest.model import Manifest, Pyproject, Variant

_PROJECT: Keys = ("project", "dependencies")
_GROUPS = "dependency-groups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A list in a file: what a user calls it, and how it is read from the file's text."""

    path: Path
    label: str
    opened: Callable[[str], Listing]


def targets(manifest: Manifest, variant: Variant) -> Iterator[Target]:
    """Yield all lists; the first one is where a new requirement goes."""
    stated = variant.dependencies
    if stated.requirements or (stated.file is None and stated.pyproject is None):
        name = manifest.path.name
        opened = partial(manifest_listing, file=name)
        yield Target(path=manifest.path, label=name, opened=opened)
    for file in _requirement_files(variant):
        opened_file = partial(requirement_file, file=file)
        yield Target(path=manifest.root / file, label=file, opened=opened_file)
    if stated.pyproject is not None:
        yield from _project_targets(manifest.root, stated.pyproject)


def shared_variant(manifest: Manifest) -> Variant:
    """Return a variant that has the manifest's own dependencies; all of them ask for the same."""
    for variant in manifest.variants:
        if shares(variant):
            return variant
    raise UneditableError(
        f"each variant in {manifest.path.name} has its own `dependencies`",
        hint="edit those of the variant by hand, then run `mlpack lock`",
    )


def shares(variant: Variant) -> bool:
    """Tell whether a variant has the dependencies that the manifest states for all."""
    return variant.document.origin("/dependencies") == "/dependencies"


def _requirement_files(variant: Variant) -> Iterable[str]:
    """Return the requirements files that are not constraints, the named one first."""
    stated = variant.dependencies
    if stated.file is None:
        return ()
    project = None if stated.pyproject is None else str(stated.pyproject.path)
    sources = (entry.source for entry in gathered(variant).requirements if entry.source)
    files = (name for name in sources if name not in ("dependencies.requirements", project))
    return dict.fromkeys([str(stated.file), *files])


def _project_targets(root: Path, stated: Pyproject) -> Iterator[Target]:
    file = str(stated.path)
    for keys in _arrays(toml((root / file).read_text(encoding="utf-8-sig")), stated):
        label = file if keys == _PROJECT else f"{file} ({'.'.join(keys[-2:])})"
        opened = partial(toml_array, keys=keys, file=file)
        yield Target(path=root / file, label=label, opened=opened)


def _arrays(data: dict[str, Any], stated: Pyproject) -> Iterator[Keys]:
    """Yield the keys of each list that is chosen; of groups, those that they include, too."""
    if "dependencies" in data.get("project", {}):
        yield _PROJECT
    for extra in stated.extras:
        yield ("project", "optional-dependencies", extra)
    groups = {canonicalize_name(name): each for name, each in _groups(data).items()}
    waiting = [canonicalize_name(name) for name in stated.groups]
    seen = set()
    while waiting:
        name = waiting.pop(0)
        if name in seen or name not in groups:
            continue
        seen.add(name)
        yield (_GROUPS, name)
        included = (each["include-group"] for each in groups[name] if isinstance(each, dict))
        waiting += [canonicalize_name(each) for each in included]


def _groups(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data.get(_GROUPS, {})
    return found
