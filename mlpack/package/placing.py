"""A finished package and the evidence beside it, put in place together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlpack.core.errors import OutsideError
from mlpack.package.record import SUFFIX
from mlpack.storage.atomic import place_folder, write_whole
from mlpack.storage.blobs import Store

EVIDENCE = (SUFFIX,)
"""What follows a package's name in the names of the files that may lie beside it."""


def evidence_of(package: Path) -> dict[str, bytes]:
    """Return the evidence beside a package, by suffix."""
    paths = {suffix: package.with_name(package.name + suffix) for suffix in EVIDENCE}
    try:
        return {suffix: path.read_bytes() for suffix, path in paths.items() if path.is_file()}
    except OSError as error:
        raise OutsideError(f"cannot read {error.filename}: {error.strerror}") from error


def place_package(staged: Path, target: Path, evidence: Mapping[str, bytes], store: Store) -> None:
    """Move a finished package to ``target`` and write its evidence beside it.

    Evidence of an older package there is removed.
    """
    waiting = {suffix: staged.with_name(f"{staged.name}.new{suffix}") for suffix in evidence}
    for suffix, content in evidence.items():
        # Written before anything moves: a full disk leaves the old package with its own evidence.
        write_whole(waiting[suffix], content)
    try:
        # A build killed in between leaves a package without evidence, never with another's.
        for suffix in EVIDENCE:
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        place_folder(staged, target, store.remove_folder)
        store.memory.moved(staged, target)
        for suffix, path in waiting.items():
            path.replace(target.with_name(target.name + suffix))
    except OSError as error:
        raise OutsideError(f"cannot write beside {target}: {error.strerror}") from error
