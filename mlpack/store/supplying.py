"""Bringing files into a package: bytes are shared where they can be, and copied once elsewhere."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mlpack.digest import Contents, FileContent
from mlpack.errors import IntegrityError, OutsideError
from mlpack.store.blobs import Store
from mlpack.store.copying import copy_and_hash, reflink
from mlpack.store.states import device_of, existing, state_of

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
            hint="make room (`mlpack cache prune` may help), or choose another folder with -o",
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
        raise OutsideError(f"{path} cannot be made: {error.strerror}") from error


def _changed(source: Path) -> IntegrityError:
    return IntegrityError(
        f"{source} was changed while the package was made",
        hint="run the command again when nothing writes to it",
    )


def _amount(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
