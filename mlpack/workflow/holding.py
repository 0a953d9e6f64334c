"""A package that was just made, held to what was planned: nothing may move under a build's feet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from mlpack.digest import FileDigest, TreeDigest, root_digest, value_digest
from mlpack.errors import IntegrityError
from mlpack.lock.model import LockedVariant
from mlpack.package.differences import file_digests
from mlpack.package.layout import CODE, EXAMPLE_FILES
from mlpack.plan import Plan


def check_made(planned: Plan, locked: LockedVariant, tree: TreeDigest) -> None:
    """Raise ``IntegrityError`` where the package holds other bytes than lock and plan say.

    A file may be written, or vanish and come back, between its hashing and its copying.
    """
    for what in _moved(planned, locked, tree):
        raise IntegrityError(
            f"{what} changed while {planned.variant.package_name} was built; nothing was placed",
            hint="build again when nothing writes to it",
        )


def _moved(planned: Plan, locked: LockedVariant, tree: TreeDigest) -> Iterator[str]:
    # Artifacts are compared while they are laid.
    if planned.variant.input_example.ship:
        for path in planned.variant.input_example.files:
            if _digest_at(tree, EXAMPLE_FILES / path) != locked.example_files[str(path)].digest:
                yield f"example file {path}"
    built = file_digests(tree)
    if value_digest(_code(planned, built)) != planned.parts["code"]:
        yield "the code"


def _digest_at(tree: TreeDigest, place: PurePosixPath) -> str:
    """Return the digest of a file of the tree, or the root digest of a folder in it."""
    inside = f"{place}/"
    files = [file for file in tree.files if f"{file.path}/".startswith(inside)]
    if len(files) == 1 and files[0].path == place:
        return files[0].digest
    return root_digest(_below(file, place) for file in files).digest


def _below(file: FileDigest, place: PurePosixPath) -> FileDigest:
    return replace(file, path=file.path.relative_to(place))


def _code(planned: Plan, built: Mapping[str, str]) -> dict[str, str]:
    return {str(file.target): built.get(str(CODE / file.target), "") for file in planned.code}
