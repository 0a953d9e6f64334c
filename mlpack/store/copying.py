"""How bytes come from one path to another: shared with it, or copied once."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from pathlib import Path

from mlpack.digest import FileContent
from mlpack.errors import OutsideError

_BLOCK = 1 << 20
# ioctl_ficlone(2): the new file shares the old one's blocks until one of them is written to.
_FICLONE = 0x40049409
_CANNOT_SHARE = {errno.EOPNOTSUPP, errno.ENOTTY, errno.EXDEV, errno.EINVAL, errno.ENOSYS}
_CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS}
_FILE_MODE = 0o644


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
        os.fchmod(new.fileno(), _FILE_MODE)
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
    """Copy a file's bytes, neither mode nor times, and return what they are, in one pass."""
    digest = hashlib.sha256()
    block = memoryview(bytearray(_BLOCK))
    size = 0
    try:
        with source.open("rb", buffering=0) as old, destination.open("xb", buffering=0) as new:
            while count := old.readinto(block):
                digest.update(block[:count])
                _write(new.fileno(), block[:count])
                size += count
            os.fchmod(new.fileno(), _FILE_MODE)
    except OSError as error:
        raise OutsideError(
            f"{source} cannot be copied: {error.strerror}",
            hint="check that the file is still there and that the disk has room",
        ) from error
    return FileContent(digest=f"sha256:{digest.hexdigest()}", size=size)


def _write(descriptor: int, content: memoryview) -> None:
    while content:
        content = content[os.write(descriptor, content) :]
