"""Laying a project's artifacts and example files into a package that is being made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from mlpack.core.digest import FileContent, FileDigest, below, root_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.core.files import folders, project_files
from mlpack.package.contents import make_folder
from mlpack.package.layout import EXAMPLE_FILES
from mlpack.ports.plan import Plan
from mlpack.storage.blobs import Store
from mlpack.storage.stat import state_of
from mlpack.storage.trees import bytes_to_write, check_room, has_room, kept, supply


def check_disk(planned: Plan, store: Store) -> None:
    """Raise ``OutsideError`` when what a package holds does not fit beside its target."""
    root, example = planned.variant.root, planned.variant.input_example
    shown = [each for path in example.files if example.ship for each in _files(root, path)]
    # More than this is never written, and mostly it fits: then no folder need be looked through.
    if has_room(planned.target, planned.artifact_bytes + sum(map(_size, shown))):
        return
    sources = [each for path in planned.artifacts.values() for each in _files(root, path)]
    sources += shown
    for name in planned.places.keys() - planned.artifacts.keys():
        sources += _kept(planned, name, store).values()
    check_room(planned.target, bytes_to_write(store, sources, planned.target))


def lay_artifacts(planned: Plan, package: Path, store: Store) -> None:
    """Lay each artifact into its place; raises ``IntegrityError`` when it is not what is pinned."""
    laid: set[PurePosixPath] = set()
    for name, place in planned.places.items():
        if place not in laid:
            laid.add(place)
            found = _lay_artifact(planned, name, package / place, store)
            if found != planned.pins[name].digest:
                raise IntegrityError(
                    f"artifact {name} changed during the build: found {found}, expected "
                    f"{planned.pins[name].digest}",
                    hint="run the command again once nothing writes to it",
                )


def _lay_artifact(planned: Plan, name: str, destination: Path, store: Store) -> str:
    path = planned.artifacts.get(name)
    if path is not None:
        return _lay(planned.variant.root, path, destination, store)
    files = _kept(planned, name, store)
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
    example = planned.variant.input_example
    for path in example.files if example.ship else ():
        _lay(planned.variant.root, path, package / EXAMPLE_FILES / path, store)


def _lay(root: Path, name: PurePosixPath, destination: Path, store: Store) -> str:
    """Lay a file or a folder of the project; return its digest as a lock states it."""
    source = root / name
    if source.is_file():
        return supply(store, {destination: source})[destination].digest
    files = {destination / below(path, source): path for path in project_files(root)(source)}
    for folder in folders(source, root):
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


def _files(root: Path, name: PurePosixPath) -> Iterator[Path]:
    path = root / name
    if path.is_file():
        yield path
    else:
        yield from project_files(root)(path)


def _size(path: Path) -> int:
    return state_of(path).size
