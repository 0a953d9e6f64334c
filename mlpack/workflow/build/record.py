"""Putting a package and the record of its build in place, the one beside the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mlpack._version import __version__
from mlpack.core.digest import TreeDigest, file_digest, file_digests, sha256_bytes
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.lock.model import Lock
from mlpack.lock.text import lock_text
from mlpack.manifest.model import AdoptedModel, Manifest
from mlpack.package.layout import CODE
from mlpack.package.record import BuildFacts, record_path, record_text
from mlpack.package.record_reading import record_of
from mlpack.ports.outside import Revision
from mlpack.ports.plan import Plan
from mlpack.storage.atomic import write_whole


def build_record(
    planned: Plan,
    lock: Lock,
    manifest: Manifest,
    tree: TreeDigest,
    revision: Revision | None = None,
) -> bytes:
    """Return the text of the record of the package ``tree``, built as planned."""
    return record_text(build_facts(planned, lock, manifest, tree, revision), tree)


def build_facts(
    planned: Plan,
    lock: Lock,
    manifest: Manifest,
    tree: TreeDigest,
    revision: Revision | None = None,
) -> BuildFacts:
    """Gather what a record says: names relative to the project, and digests."""
    variant = planned.variant
    locked = lock.variants[variant.variant or ""]
    artifacts, adopted = planned.artifacts, isinstance(variant.model, AdoptedModel)
    return BuildFacts(
        manifest=manifest.path.name,
        # The text that was read: the file may have been edited since.
        manifest_digest=sha256_bytes(variant.document.text.encode()),
        lock=manifest.lock_path.name,
        lock_digest=sha256_bytes(lock_text(replace(lock, outputs={})).encode()),
        name=variant.name,
        version=variant.version,
        variant=variant.variant,
        model_class=None if adopted else variant.model.reference,
        saved=variant.model.reference if adopted else None,
        serialization=None if adopted else variant.serialization,
        python=planned.environment.python,
        build_time=planned.build_time,
        builder_version=__version__,
        packages=planned.environment.packages,
        code=_code(planned, file_digests(tree)),
        artifacts={str(artifacts.get(name, name)): pin for name, pin in locked.artifacts.items()},
        example_files=locked.example_files,
        commit=revision.commit if revision else None,
        dirty=revision.dirty if revision else False,
    )


def revision_paths(planned: Plan, manifest: Manifest) -> tuple[PurePosixPath, ...]:
    """Return the project's files that go into a package: what makes a revision dirty."""
    root = planned.variant.root
    return (
        PurePosixPath(manifest.path.name),
        PurePosixPath(manifest.lock_path.name),
        *(PurePosixPath(file.source.relative_to(root).as_posix()) for file in planned.code),
        *planned.artifacts.values(),
        *planned.variant.input_example.files,
    )


def write_record(target: Path, record: bytes) -> None:
    """Write the record of the package at ``target`` beside it, in place of an older one."""
    write_whole(record_path(target), record)


def has_its_record(target: Path, tree: TreeDigest) -> bool:
    """Tell whether the record beside a package is there and describes the files of ``tree``."""
    try:
        record = record_of(target)
    except (IntegrityError, OutsideError):
        return False
    return record is not None and record.files == file_digests(tree)


def _code(planned: Plan, built: Mapping[str, str]) -> dict[str, str]:
    root = planned.variant.root
    # The digest of what was copied into the package: the source may have been edited since.
    return {
        file.source.relative_to(root).as_posix(): built.get(str(CODE / file.target))
        or file_digest(file.source)
        for file in planned.code
    }
