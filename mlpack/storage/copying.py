"""How bytes come from one path to another: shared with it, or copied once."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from io import FileIO
from pathlib import Path

from mlpack.core.digest import FileContent, sha256_bytes
from mlpack.core.errors import OutsideError

FILE_MODE = 0o644
_BLOCK = 4 << 20
# ioctl_ficlone(2): the new file shares the old one's blocks until one of them is written to.
_FICLONE = 0x40049409
_CANNOT_SHARE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS}
_CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}


def reflink(source: Path, destination: Path) -> bool:
    """Make ``destination`` share the blocks of ``source``; ``False`` where the system cannot.

    It is a file of its own: what is written to one never shows in the other.
    """
    if sys.platform != "linux":
        return False
    import fcntl

    with source.open("rb") as old, destination.open("xb") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError as error:
            destination.unlink()
            if error.errno in _CANNOT_SHARE:
                return False
            raise
        os.fchmod(new.fileno(), FILE_MODE)
    return True


def hardlink(source: Path, destination: Path) -> bool:
    """Give the file ``source`` another name; ``False`` where the system cannot."""
    try:
        os.link(source, destination)
    except OSError as error:
        if error.errno in _CANNOT_LINK:
            return False
        raise
    return True


def copy_and_hash(source: Path, destination: Path) -> FileContent:
    """Copy a file's bytes, neither mode nor times, and return what they are, in one pass.

    ``destination`` must not exist yet; it is removed again where the copy fails.
    """
    try:
        with source.open("rb", buffering=0) as old, destination.open("xb", buffering=0) as new:
            try:
                size = os.fstat(old.fileno()).st_size
                content = _small(old, new) if size <= _BLOCK else _large(old, new)
                if os.fstat(new.fileno()).st_mode & 0o7777 != FILE_MODE:
                    os.fchmod(new.fileno(), FILE_MODE)
            except BaseException:
                destination.unlink()
                raise
    except OSError as error:
        raise OutsideError(
            f"cannot copy {source} to {destination}: {error.strerror}",
            hint="check that the file still exists and that the disk has free space",
        ) from error
    return content


def _small(old: FileIO, new: FileIO) -> FileContent:
    # To the end, even if it grows meanwhile.
    content = old.readall()
    _write(new.fileno(), memoryview(content))
    return FileContent(digest=sha256_bytes(content), size=len(content))


def _large(old: FileIO, new: FileIO) -> FileContent:
    """Write each block on a second thread while this one hashes it."""
    digest = hashlib.sha256()
    size = 0
    blocks = itertools.cycle([memoryview(bytearray(_BLOCK)), memoryview(bytearray(_BLOCK))])
    with ThreadPoolExecutor(max_workers=1) as writer:
        written: Future[None] | None = None
        for block in blocks:
            count = old.readinto(block)
            if written is not None:
                written.result()
            if not count:
                break
            written = writer.submit(_write, new.fileno(), block[:count])
            digest.update(block[:count])
            size += count
    return FileContent(digest=f"sha256:{digest.hexdigest()}", size=size)


def _write(descriptor: int, content: memoryview) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
