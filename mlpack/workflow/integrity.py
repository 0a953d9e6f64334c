"""Whether a package is still what was promised of it, and which files are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpack.core.digest import (
    Contents,
    Differences,
    TreeDigest,
    differences,
    file_contents,
    file_digests,
    tree_digest,
)
from mlpack.core.errors import IntegrityError, MlpackError, Problem, UsageError
from mlpack.lock.model import Lock
from mlpack.manifest.document import scan
from mlpack.package.layout import cache_warnings, without_caches
from mlpack.package.reading import read_package
from mlpack.package.record_reading import Record, record_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """A package that is whole: its files, and who promised its digest (``None``: nobody)."""

    tree: TreeDigest
    compared_with: str | None
    warnings: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        """Its root digest."""
        return self.tree.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Promise:
    """A digest that a package should have, and who says so."""

    digest: str
    source: str


def check_integrity(
    package: Path,
    *,
    digest: str | None,
    lock: Lock | None,
    contents: Contents = file_contents,
) -> Integrity:
    """Hash a package and compare it with ``digest``, or else with its lock and its record.

    ``contents`` tells what files hold. Bytecode that a loader left is warned of and does not
    count. Raises ``IntegrityError`` that names the files: changed, added, removed, renamed, or
    links.
    """
    if not package.is_dir():
        raise UsageError(f"{package} is not a folder", hint="pass the folder of an MLflow model")
    tree = tree_digest(package, contents)
    clean = without_caches(tree)
    record = record_of(package)
    promises = list(_promises(package, digest, lock, record))
    for promise in promises:
        if not _kept(promise, tree, clean, record):
            raise _broken(package, clean, promise, record)
    # A model that was saved with bytecode in it, and not by mlpack, is whole with it.
    whole = tree if all(promise.digest == tree.digest for promise in promises) else clean
    return Integrity(
        tree=whole,
        compared_with=" and ".join(promise.source for promise in promises) or None,
        warnings=() if promises and whole is tree else cache_warnings(tree),
    )


def _kept(promise: _Promise, tree: TreeDigest, clean: TreeDigest, record: Record | None) -> bool:
    found = next((each for each in (tree, clean) if each.digest == promise.digest), None)
    if found is None:
        return False
    # The root digest covers the files' order, not their names; the record holds those.
    if record is None or record.package != promise.digest:
        return True
    return record.files == file_digests(found)


def lock_of(package: Path) -> Path | None:
    """Return the lock of the project that a package was built in, searching upward from it.

    The record names its manifest; without a record it is ``mlpack.yaml``. The manifest must be
    this package's: a project may hold models of other origin.
    """
    package = package.absolute()
    record = _record_or_none(package)
    manifest_name = record.manifest if record else "mlpack.yaml"
    for folder in package.parents:
        manifest = folder / Path(manifest_name).name
        if manifest.is_file() and _made(manifest, package, record):
            lock = manifest.with_suffix(".lock")
            return lock if lock.is_file() else None
    return None


def _promises(
    package: Path, digest: str | None, lock: Lock | None, record: Record | None
) -> Iterator[_Promise]:
    if digest is not None:
        if not _DIGEST.fullmatch(digest.lower()):
            raise UsageError(
                f"{digest!r} is not a digest", hint="write sha256: and 64 hexadecimal digits"
            )
        yield _Promise(digest=digest.lower(), source="--digest")
        return
    if lock is not None:
        output = lock.outputs.get(_variant(package, lock, record))
        if output is not None:
            yield _Promise(digest=output.package, source="the lock")
    if record is not None:
        yield _Promise(digest=record.package, source="the record")


def _variant(package: Path, lock: Lock, record: Record | None) -> str:
    """Return the variant that a package is, even when its own word for it is damaged."""
    if record is not None:
        return record.variant or ""
    origin = _origin(package)
    if origin is not None:
        return origin[1]
    named = [name for name in lock.outputs if name and package.name.endswith(f"-{name}")]
    return max(named, key=len, default="")


def _broken(
    package: Path, found: TreeDigest, promise: _Promise, record: Record | None
) -> IntegrityError:
    message = (
        f"{package} does not match {promise.source}: "
        f"found {found.digest}, expected {promise.digest}"
    )
    if record is None or record.package != promise.digest:
        intact = record is not None and record.package == found.digest
        return IntegrityError(
            f"{message}; the record agrees with the package" if intact else message,
            hint="restore the package, or rebuild it",
        )
    named = differences(record.files, file_digests(found))
    return IntegrityError(
        f"{package} does not match {promise.source}: {_counted(named)}",
        details="\n".join(_listed(named)),
        hint="restore the package, or rebuild it",
    )


def _counted(named: Differences) -> str:
    sentences = named.sentences()
    more = f", and {len(sentences) - 1} more differ" if len(sentences) > 1 else ""
    return sentences[0] + more


def _listed(named: Differences) -> Iterator[str]:
    sentences = named.sentences()
    yield from sentences[:_NAMED]
    if len(sentences) > _NAMED:
        yield f"and {len(sentences) - _NAMED} more"


def _made(manifest: Path, package: Path, record: Record | None) -> bool:
    name = _name(manifest)
    if name is None:
        return False
    if record is not None:
        return record.name == name
    origin = _origin(package)
    if origin is not None:
        return origin[0] == name
    return not _is_foreign(package) and package.name.startswith(name)


def _name(manifest: Path) -> str | None:
    """Return the name that a manifest gives its packages, were the rest of it wrong."""
    try:
        document, _ = scan(manifest.read_bytes(), file=manifest.name)
    except OSError:
        return None
    content = document.data if document is not None else None
    name = content.get("name") if isinstance(content, dict) else None
    return name if isinstance(name, str) else None


def _origin(package: Path) -> tuple[str, str] | None:
    """Return the name and the variant that ``MLmodel`` states, where it does."""
    try:
        origin = read_package(package).origin
    except MlpackError:
        return None
    if origin is None:
        return None
    return str(origin.get("name", "")), str(origin.get("variant", ""))


def _is_foreign(package: Path) -> bool:
    """Tell whether ``MLmodel`` is whole and says nothing of mlpack."""
    try:
        return read_package(package).origin is None
    except MlpackError:
        return False


def _record_or_none(package: Path) -> Record | None:
    try:
        return record_of(package)
    except MlpackError:
        return None
