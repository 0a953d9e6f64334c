"""Zip archives of models: members of a bounded size, without extracting anything."""

from __future__ import annotations

import lzma
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from mlpack.authoring.files.streams import CutError

_LARGEST = 1 << 26
_MOST_MEMBERS = 100_000
# What zipfile raises of damage: names that are not UTF-8, sizes and methods that cannot be.
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError,
    struct.error, OverflowError,
)  # fmt: skip


def open_zip(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    """Return the archive in ``file``. Raises ``CutError`` where it is not a whole one."""
    try:
        archive = zipfile.ZipFile(file)
    except _DAMAGE as error:
        raise CutError("it is a zip archive that is cut short or damaged") from error
    if len(archive.filelist) > _MOST_MEMBERS:
        raise CutError("it has too many members")
    return archive


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a member, decompressed up to a limit."""
    try:
        with archive.open(name) as opened:
            found = opened.read(_LARGEST + 1)
    except KeyError as error:
        raise CutError(f"it does not contain {name}") from error
    except _DAMAGE as error:
        raise CutError(f"its {name} is damaged") from error
    if len(found) > _LARGEST:
        raise CutError(f"its {name} is too large")
    return found
