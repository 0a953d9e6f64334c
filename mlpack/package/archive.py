"""A package as one tar: the same package gives the same bytes, whoever packs it and when."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import IO, Any

from mlpack.core.digest import FileDigest, TreeDigest, root_digest, tree_files
from mlpack.core.errors import OutsideError
from mlpack.package.layout import is_cache

_BLOCK = 1 << 20


def write_archive(
    package: Path, stream: IO[bytes], *, mtime: int, compressed: bool = False
) -> tuple[TreeDigest, str]:
    """Write a package as a PAX tar; return what was read, and the archive's ``sha256:<hex>``.

    Entries are sorted and lie below the package's own name; owners are 0 and nameless, modes
    0644 and 0755, times ``mtime``. ``compressed`` makes it a gzip file without a name or time: its
    bytes depend on the version of zlib, the tar in it on nothing. Bytecode that a loader left stays
    out. Raises ``IntegrityError`` for a link, ``OutsideError`` for a file that cannot be read.
    """
    names = [PurePosixPath(path.relative_to(package).as_posix()) for path in tree_files(package)]
    files = sorted((name for name in names if not is_cache(name)), key=lambda name: name.parts)
    folders = {parent for name in files for parent in name.parents} | {PurePosixPath()}
    writer = _Hashed(stream)
    packed: Any = _gzip(writer) if compressed else writer
    read: list[FileDigest] = []
    archive: Any = tarfile.open(  # noqa: SIM115 - closed below, and only when whole
        fileobj=packed,
        mode="w",
        format=tarfile.PAX_FORMAT,
        encoding="utf-8",
        errors="surrogateescape",
    )
    for name in sorted({*files, *folders}, key=lambda name: name.parts):
        entry = tarfile.TarInfo(str(PurePosixPath(package.name) / name))
        entry.mtime = mtime
        if name in folders:
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        else:
            entry.mode = 0o644
            read.append(_add(archive, entry, package / name, name))
    archive.close()
    if compressed:
        packed.close()
    return root_digest(read), writer.digest


def _gzip(writer: _Hashed) -> gzip.GzipFile:
    return gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=writer, mtime=0)


def archive_time(mlmodel: Any) -> int:
    """Return the build time that ``MLmodel`` states, in seconds since the epoch; 0 without one."""
    stated = mlmodel.get("utc_time_created")
    try:
        made = datetime.fromisoformat(str(stated))
    except ValueError:
        return 0
    return max(0, int(made.replace(tzinfo=made.tzinfo or timezone.utc).timestamp()))


def _add(archive: Any, entry: tarfile.TarInfo, path: Path, name: PurePosixPath) -> FileDigest:
    try:
        with path.open("rb") as file:
            entry.size = path.stat().st_size
            source = _HashedReader(file)
            archive.addfile(entry, source)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutsideError(f"cannot add {path} to the archive: {why}") from error
    return FileDigest(path=name, digest=source.digest, size=entry.size)


class _Hashed:
    """Passes on what is written, and knows its sha256 in the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()
        self._written = 0

    def write(self, content: bytes) -> int:
        self._stream.write(content)
        self._hash.update(content)
        self._written += len(content)
        return len(content)

    def flush(self) -> None:
        """Do nothing: gzip asks for it."""

    def tell(self) -> int:
        return self._written

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"


class _HashedReader:
    """Passes on what is read, and knows its sha256 in the end."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int = _BLOCK) -> bytes:
        content = self._stream.read(size)
        self._hash.update(content)
        return content

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"
