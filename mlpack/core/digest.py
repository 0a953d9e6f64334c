"""Identities: sha256 of bytes, files, values and trees, and which files of two trees differ."""

from __future__ import annotations

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from mlpack.core.errors import IntegrityError, OutsideError

_BLOCK = 1 << 20
# A smaller file takes threads longer to pass on than one thread to read it: the interpreter lock
# changes hands at each system call. Measured: 10 kB 2.1 times, 32 kB 1.5, 64 kB 0.8, 1 MB 0.6.
_WORTH_A_THREAD = 64 << 10
# Starting a pool costs as much as reading this.
_WORTH_A_POOL = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """What a file holds: ``sha256:<hex>``, and size in bytes."""

    digest: str
    size: int


Contents = Callable[[Sequence[Path]], Sequence[FileContent]]
"""Tells what files hold, in the order given: read now, or remembered."""

Listing = Callable[[Path], Iterable[Path]]
"""Tells which files are below a folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """One file of a tree: path relative to the root, ``sha256:<hex>``, and size in bytes."""

    path: PurePosixPath
    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeDigest:
    """A file tree by content; ``digest`` is OpenSSF Model Signing's root digest of ``files``."""

    files: tuple[FileDigest, ...]
    digest: str

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


def sha256_bytes(content: bytes) -> str:
    """Return ``sha256:<hex>`` of ``content``."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def canonical_json(value: Any) -> bytes:
    """Return the one JSON text of ``value``: sorted keys, no spaces, UTF-8, no NaN.

    A path relative to the project is its POSIX text; one of this machine has no place in a digest.
    """
    text = json.dumps(
        value,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_as_text,
    )
    return text.encode()


def _as_text(value: Any) -> str:
    if isinstance(value, PurePath) and not value.is_absolute():
        return value.as_posix()
    raise TypeError(f"cannot compute a digest of {value!r}")


def value_digest(value: Any) -> str:
    """Return ``sha256:<hex>`` of a JSON value, whatever the order of its keys."""
    return sha256_bytes(canonical_json(value))


def file_digest(path: Path) -> str:
    """Return ``sha256:<hex>`` of a file's bytes, reading a megabyte at a time."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            # A megabyte for each of ten thousand small files takes longer than reading them. What a
            # file system says of a size is a hint: some say 0 of all that they make as it is read.
            size = os.fstat(file.fileno()).st_size
            block = memoryview(bytearray(min(max(size + 1, _WORTH_A_THREAD), _BLOCK)))
            while count := file.readinto(block):
                digest.update(block[:count])
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error
    return f"sha256:{digest.hexdigest()}"


def file_contents(paths: Sequence[Path]) -> list[FileContent]:
    """Read files, several at a time; return their digests and sizes in the order given."""
    sizes = [_size(path) for path in paths]
    found: dict[int, str] = {}
    large = [index for index, size in enumerate(sizes) if size >= _WORTH_A_THREAD]
    if len(large) > 1 and sum(sizes[index] for index in large) >= _WORTH_A_POOL:
        # The largest first: begun last, it would run on alone when all others are done.
        large.sort(key=lambda index: sizes[index], reverse=True)
        # hashlib lets go of the interpreter lock: threads are enough.
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            digests = pool.map(lambda index: file_digest(paths[index]), large)
            found.update(zip(large, digests, strict=True))
    for index, path in enumerate(paths):
        if index not in found:
            found[index] = file_digest(path)
    return [FileContent(digest=found[index], size=size) for index, size in enumerate(sizes)]


def tree_digest(
    root: Path, contents: Contents = file_contents, files: Listing | None = None
) -> TreeDigest:
    """Hash every file below ``root`` (or ``root`` itself, when it is a file).

    Only paths and bytes count, not modes or times. ``contents`` says what the files hold, from
    memory perhaps; ``files`` lists them. Without it, raises ``IntegrityError`` for a symlink or a
    special file below a folder: its bytes would not be the tree's own.
    """
    if root.is_file():
        paths, names = [root], [PurePosixPath(root.name)]
    else:
        paths = list((files or tree_files)(root))
        names = [below(path, root) for path in paths]
    return root_digest(
        FileDigest(path=name, digest=content.digest, size=content.size)
        for name, content in zip(names, contents(paths), strict=True)
    )


def root_digest(files: Iterable[FileDigest]) -> TreeDigest:
    """Return the digest over the binary digests of ``files`` in the order of their paths' parts.

    Names count by the order that they give only: a renaming that keeps it keeps the digest.
    Source: OpenSSF Model Signing v1.0, the subject's digest in its signing payload.
    """
    ordered = tuple(sorted(files, key=lambda file: file.path.parts))
    total = hashlib.sha256()
    for file in ordered:
        total.update(bytes.fromhex(file.digest.removeprefix("sha256:")))
    return TreeDigest(files=ordered, digest=f"sha256:{total.hexdigest()}")


def below(path: Path, root: Path) -> PurePosixPath:
    """Return ``path`` relative to ``root``, which it was found by: so it need not be compared."""
    whole, above = path.as_posix(), root.as_posix()
    return PurePosixPath(whole if above == "." else whole[len(above) :].lstrip("/"))


def tree_files(root: Path) -> Iterator[Path]:
    """Yield every regular file below ``root``; anything but files and folders is refused."""
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        raise OutsideError(f"cannot read {root}: {error.strerror}") from error
    for entry in entries:
        # What a folder's own entry tells: asking for each file's mode takes as long as all else.
        if entry.is_dir(follow_symlinks=False):
            yield from tree_files(Path(entry.path))
        elif entry.is_file(follow_symlinks=False):
            yield Path(entry.path)
        else:
            kind = "a symbolic link" if entry.is_symlink() else "a special file"
            raise IntegrityError(
                f"{entry.path} is {kind}; only regular files and folders have a digest"
            )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise OutsideError(f"cannot read {path}: {error.strerror}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """File names (posix, relative to the root), each list sorted; a renamed one stands once."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    """Old name and new name of a file whose bytes stayed the same."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed)

    def sentences(self) -> tuple[str, ...]:
        """Say each difference in words: what happened to which file."""
        return (
            *(f"{name} was changed" for name in self.changed),
            *(f"{name} was added" for name in self.added),
            *(f"{name} was removed" for name in self.removed),
            *(f"{old} was renamed to {new}" for old, new in self.renamed),
        )


def file_digests(tree: TreeDigest) -> dict[str, str]:
    """Return the digest of each file of a tree by its name."""
    return {str(file.path): file.digest for file in tree.files}


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> Differences:
    """Compare two mappings from file name to digest, such as ``Record.files``."""
    gone = sorted(before.keys() - after.keys())
    come = sorted(after.keys() - before.keys())
    renamed = _renamed({name: before[name] for name in gone}, {name: after[name] for name in come})
    old_names, new_names = {old for old, _ in renamed}, {new for _, new in renamed}
    return Differences(
        added=tuple(name for name in come if name not in new_names),
        removed=tuple(name for name in gone if name not in old_names),
        changed=tuple(
            sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
        ),
        renamed=renamed,
    )


def _renamed(gone: Mapping[str, str], come: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Pair the names of equal bytes, in order; of several equal files any may have moved."""
    free: dict[str, list[str]] = defaultdict(list)
    for name, digest in come.items():
        free[digest].append(name)
    return tuple((name, free[digest].pop(0)) for name, digest in gone.items() if free[digest])
