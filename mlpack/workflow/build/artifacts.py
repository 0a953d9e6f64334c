"""Laying a project's artifacts and example files into a package that is being made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from mlpack.core.digest import FileContent, FileDigest, Listing, below, root_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.core.files import folders, project_files
from mlpack.manifest.model import Artifact
from mlpack.package.adopted import files_of, is_adopted
from mlpack.package.contents import make_folder
from mlpack.package.layout import EXAMPLE_FILES
from mlpack.ports.plan import Plan
from mlpack.storage.blobs import Store
from mlpack.storage.stat import state_of
from mlpack.storage.trees import bytes_to_write, check_room, has_room, kept, supply


def check_disk(planned: Plan, store: Store) -> None:
    """Raise ``OutsideError`` when what a package holds does not fit beside its target."""
    root, example = planned.variant.root, planned.variant.input_example
    listed = project_files(root)
    shown = [each for path in example.files if example.ship for each in _files(root / path, listed)]
    # More than this is never written, and mostly it fits: then no folder need be looked through.
    if has_room(planned.target, planned.artifact_bytes + sum(map(_size, shown))):
        return
    sources = [
        each
        for item in planned.variant.artifacts
        if item.path is not None
        for each in _files(root / item.path, files_of(item, root))
    ]
    sources += shown
    for name in planned.places.keys() - planned.artifacts.keys():
        sources += _kept(planned, name, store).values()
    check_room(planned.target, bytes_to_write(store, sources, planned.target))


def lay_artifacts(planned: Plan, package: Path, store: Store) -> None:
    """Lay each artifact into its place; raises ``IntegrityError`` when it is not what is pinned."""
    laid: set[PurePosixPath] = set()
    for item in planned.variant.artifacts:
        place = planned.places[item.name]
        if place not in laid:
            laid.add(place)
            found = _lay_artifact(planned, item, package / place, store)
            if found != planned.pins[item.name].digest:
                raise IntegrityError(
                    f"artifact {item.name} changed during the build: found {found}, expected "
                    f"{planned.pins[item.name].digest}",
                    hint="run the command again once nothing writes to it",
                )


def _lay_artifact(planned: Plan, item: Artifact, destination: Path, store: Store) -> str:
    root = planned.variant.root
    if item.path is not None:
        source = root / item.path
        made = (
            folder
            for folder in folders(source, root)
            if not item.adopted or is_adopted(below(folder, source))
        )
        return _lay(source, destination, store, files_of(item, root), made)
    files = _kept(planned, item.name, store)
    contents = supply(store, {destination / path: blob for path, blob in files.items()})
    if PurePosixPath() in files:
        return contents[destination].digest
    return _root_digest(destination, contents)


def _kept(planned: Plan, name: str, store: Store) -> Mapping[PurePosixPath, Path]:
    """Return where a remote artifact's files lie in the store."""
    files = kept(store, planned.pins[name].digest)
    if files is None:
        raise OutsideError(
            f"artifact {name} is no longer on this machine",
            hint="run the command again: the cache was emptied in the meantime",
        )
    return files


def lay_example(planned: Plan, package: Path, store: Store) -> None:
    """Lay the example's files into the package, if they are to be shipped."""
    example, root = planned.variant.input_example, planned.variant.root
    for path in example.files if example.ship else ():
        source, made = root / path, folders(root / path, root)
        _lay(source, package / EXAMPLE_FILES / path, store, project_files(root), made)


def _lay(
    source: Path, destination: Path, store: Store, listed: Listing, made: Iterable[Path]
) -> str:
    """Lay a file, or a folder with the folders ``made`` in it; return its digest as a lock's."""
    if source.is_file():
        return supply(store, {destination: source})[destination].digest
    files = {destination / below(path, source): path for path in listed(source)}
    for folder in made:
        make_folder(destination / folder.relative_to(source))
    return _root_digest(destination, supply(store, files))


def _root_digest(root: Path, contents: dict[Path, FileContent]) -> str:
    return root_digest(
        FileDigest(
            path=below(path, root),
            digest=content.digest,
            size=content.size,
        )
        for path, content in contents.items()
    ).digest


def _files(path: Path, listed: Listing) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from listed(path)


def _size(path: Path) -> int:
    return state_of(path).size
