"""Files and folders into the store and out of it: shared where possible, else copied once."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

from mlpack.core.digest import (
    Contents,
    FileContent,
    FileDigest,
    TreeDigest,
    canonical_json,
    root_digest,
    value_digest,
)
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.storage.blobs import Store
from mlpack.storage.copying import copy_and_hash, reflink
from mlpack.storage.stat import device_of, existing, state_of

_TREES = "trees"


def keep_file(store: Store, path: Path, digest: str, size: int) -> None:
    """Move a file that lies on the store's file system into the store."""
    store.adopt(path, digest, size)


def keep_tree(store: Store, root: Path, tree: TreeDigest) -> None:
    """Move the files of a folder on the store's file system into the store; it stays empty."""
    for file in tree.files:
        # Two files of one content are one blob, and the first has moved there.
        store.adopt(root / file.path, file.digest, file.size)
    listed = [[str(file.path), file.digest, file.size] for file in tree.files]
    place = _place(store, tree.digest)
    with store.incoming() as folder:
        written = folder / "tree"
        # The root digest does not hold the names: the list has a digest of its own.
        written.write_bytes(canonical_json({"files": listed, "digest": value_digest(listed)}))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            written.replace(place)
        except OSError as error:
            raise OutsideError(f"cannot write {place}: {error.strerror}") from error


def kept(store: Store, digest: str) -> Mapping[PurePosixPath, Path] | None:
    """Return where the content of this digest lies, checked; ``None`` where it is not all there.

    A folder's files go by their paths in it, a file alone by the path ``.``.
    """
    blob = store.find(digest)
    if blob is not None:
        return {PurePosixPath(): blob}
    files = _listed(store, digest)
    if files is None:
        return None
    found = {file.path: store.find(file.digest) for file in files}
    there = {path: blob for path, blob in found.items() if blob is not None}
    return there if len(there) == len(found) else None


def _listed(store: Store, digest: str) -> tuple[FileDigest, ...] | None:
    try:
        content = json.loads(_place(store, digest).read_bytes())
        files = tuple(
            FileDigest(path=PurePosixPath(path), digest=each, size=size)
            for path, each, size in content["files"]
        )
        whole = value_digest(content["files"]) == content["digest"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return files if whole and root_digest(files).digest == digest else None


def _place(store: Store, digest: str) -> Path:
    return store.folder / _TREES / f"{digest.removeprefix('sha256:')}.json"


# A smaller file is copied into each package: a blob costs a lock and three transactions.
LARGE = 4 << 20
# A smaller one is copied sooner by one thread than by several, which pass on the interpreter lock
# at each system call. Measured with 2 processors: 10 kB 4 times as long, 256 kB 3, 512 kB 0.6.
_WORTH_A_THREAD = 512 << 10
# Left free on a disk, for what is written beside artifacts and for everybody else.
_SPARE = 64 << 20


def taking(store: Store, target: Path) -> Contents:
    """Return a reader of contents that takes large files into the store as it first reads them.

    It does so where a package at ``target`` will need a copy of them: a file that is hashed now
    and copied later would be read twice.
    """
    beside = store.is_beside(target)

    def contents(paths: Sequence[Path]) -> Sequence[FileContent]:
        large = [path for path in paths if _is_large(path)] if beside else []
        known = store.memory.known(large)
        new = [path for path, content in zip(large, known, strict=True) if content is None]
        missing = [path for path in new if not store.can_share(path)]
        check_room(target, sum(path.stat().st_size for path in missing))
        taken = dict(zip(missing, map(store.take, missing), strict=True))
        rest = [path for path in paths if path not in taken]
        found = taken | dict(zip(rest, store.memory.contents(rest), strict=True))
        return [found[path] for path in paths]

    return contents


def supply(store: Store, files: Mapping[Path, Path]) -> dict[Path, FileContent]:
    """Make each destination hold what its source holds; return that, by destination.

    ``files`` maps destinations, which do not exist yet, to sources. Raises ``IntegrityError`` for
    a source that is changed meanwhile, ``OutsideError`` when the disk is full or not writable.
    """
    for folder in sorted({destination.parent for destination in files}):
        _make_folder(folder)
    sizes = {there: state_of(source).size for there, source in files.items()}
    done = _copied(files, {there: size for there, size in sizes.items() if size < LARGE})
    store.memory.written({there: content.digest for there, content in done.items()})
    for there, source in files.items():
        if there not in done:
            done[there] = _shared(store, source, there)
    return done


def bytes_to_write(store: Store, sources: Iterable[Path], target: Path) -> int:
    """Return how many bytes laying these files below ``target`` is bound to write."""
    beside = store.is_beside(target)
    apart = device_of(target)
    total = 0
    for path in dict.fromkeys(sources):
        size = state_of(path).size
        if (
            size < LARGE
            or (beside and not store.can_share(path) and not _is_kept(store, path))
            or (not beside and device_of(path) != apart)
        ):
            total += size
    return total


def has_room(target: Path, size: int) -> bool:
    """Tell whether ``size`` bytes and some to spare fit where ``target`` is to be."""
    return not size or size + _SPARE <= _free(target)


def check_room(target: Path, size: int) -> None:
    """Raise ``OutsideError`` when ``size`` bytes do not fit where ``target`` is to be."""
    if not has_room(target, size):
        free = _free(target)
        raise OutsideError(
            f"{target} needs {_amount(size)} and some to spare, and {_amount(free)} are free there",
            hint="free up space (`mlpack cache prune` may help), or choose another folder with -o",
        )


def _copied(files: Mapping[Path, Path], sizes: Mapping[Path, int]) -> dict[Path, FileContent]:
    """Copy those of ``files`` whose ``sizes`` are given."""
    done, rest = {}, []
    for there, size in sizes.items():
        if size < _WORTH_A_THREAD:
            done[there] = copy_and_hash(files[there], there)
        else:
            rest.append(there)
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found = pool.map(lambda there: copy_and_hash(files[there], there), rest)
        return done | dict(zip(rest, found, strict=True))


def _shared(store: Store, source: Path, destination: Path) -> FileContent:
    before = state_of(source)
    (content,) = store.memory.contents([source])
    if reflink(source, destination):
        if state_of(source) != before:
            raise _changed(source)
        store.memory.written({destination: content.digest})
    elif store.is_beside(destination):
        if store.find(content.digest) is None and store.take(source) != content:
            raise _changed(source)
        store.lay(content.digest, destination)
    else:
        if copy_and_hash(source, destination) != content:
            raise _changed(source)
        store.memory.written({destination: content.digest})
    return content


def _free(target: Path) -> int:
    return shutil.disk_usage(existing(target)).free


def _is_large(path: Path) -> bool:
    return state_of(path).size >= LARGE


def _is_kept(store: Store, source: Path) -> bool:
    (content,) = store.memory.known([source])
    return content is not None and store.path(content.digest).is_file()


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot create {path}: {error.strerror}") from error


def _changed(source: Path) -> IntegrityError:
    return IntegrityError(
        f"{source} changed while the package was being built",
        hint="run the command again when nothing is writing to it",
    )


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
