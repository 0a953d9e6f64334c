"""The content-addressed store: each blob once, under its digest, in ``cas/sha256/ab/…``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from mlpack.core.counting import counted
from mlpack.core.digest import FileContent, file_contents
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.storage.copying import FILE_MODE, copy_and_hash, hardlink, reflink
from mlpack.storage.digests import DigestMemory
from mlpack.storage.file_locks import new_folder, sweep
from mlpack.storage.stat import State, as_state, device_of, state_of

Way = Literal["reflink", "hardlink", "copy"]


class Store:
    """Blobs below a cache folder, safe with several processes.

    ``memory`` knows which blobs have not changed since they were hashed; a hardlink in a package
    shares a blob's inode, so that each is checked whenever it is used.
    """

    def __init__(self, root: Path, memory: DigestMemory | None = None) -> None:
        self.folder = root / "cas"
        self.memory = memory or DigestMemory(root)

    def path(self, digest: str) -> Path:
        """Return where the blob of ``sha256:<hex>`` lies, or would."""
        name = digest.removeprefix("sha256:")
        return self.folder / "sha256" / name[:2] / name

    def find(self, digest: str) -> Path | None:
        """Return the blob, or ``None``; one that is not what its name says is dropped."""
        path = self.path(digest)
        try:
            if not path.is_file():
                return None
            if self.memory.digest_of(path) == digest:
                return path
            path.unlink()
        except OutsideError:
            # Another process dropped it meanwhile.
            return None
        except OSError as error:
            raise _unusable(path, error) from error
        return None

    @contextmanager
    def incoming(self) -> Iterator[Path]:
        """Yield a new folder on the store's file system, gone afterwards.

        Those that killed processes left are removed first.
        """
        place = self.folder / "incoming"
        try:
            place.mkdir(parents=True, exist_ok=True)
            sweep(place)
            folder, held = new_folder(place)
        except OSError as error:
            raise _unusable(place, error) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(held)

    def adopt(self, path: Path, digest: str, size: int) -> Path:
        """Take in a file from ``incoming()`` that the caller has written and hashed.

        Return the blob; ``path`` is gone then. Where the blob is there already, that one stays.
        Raises ``IntegrityError`` when the file does not have ``size`` bytes.
        """
        found = state_of(path).size
        if found != size:
            raise IntegrityError(f"{path.name} has {counted(found, 'byte')}, expected {size}")
        blob = self.path(digest)
        kept = self.find(digest)
        try:
            if kept is None:
                _settle(path)
                blob.parent.mkdir(parents=True, exist_ok=True)
                self._name(path, blob, digest)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise _unusable(blob, error) from error
        return blob

    def take(self, source: Path) -> FileContent:
        """Take in a copy of a file that is not the store's own; return what it holds.

        It is read once. Raises ``IntegrityError`` when it is changed meanwhile.
        """
        before = state_of(source)
        with self.incoming() as folder:
            content = copy_and_hash(source, folder / "copy")
            if state_of(source) != before:
                raise IntegrityError(
                    f"{source} changed while it was being copied",
                    hint="run the command again when nothing is writing to it",
                )
            self.adopt(folder / "copy", content.digest, content.size)
        self.memory.read(source, before, content.digest)
        return content

    def is_beside(self, path: Path) -> bool:
        """Tell whether ``path``, or where it would be made, is on the store's file system."""
        return device_of(path) == device_of(self.folder)

    def can_share(self, source: Path) -> bool:
        """Tell whether files on the store's file system can share the blocks of ``source``."""
        if not self.is_beside(source):
            return False
        with self.incoming() as folder:
            return reflink(source, folder / "probe")

    def lay(self, digest: str, destination: Path) -> Way:
        """Make ``destination``, which does not exist yet, hold the blob's bytes.

        It shares the blob's blocks where the system can, else its inode, else it is a copy.
        Raises ``OutsideError`` where there is no such blob.
        """
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            return self._lay(digest, destination)
        except OSError as error:
            raise OutsideError(f"cannot write {destination}: {error.strerror}") from error

    def _lay(self, digest: str, destination: Path) -> Way:
        blob = self.path(digest)
        with self._linking():
            # In this order: a blob that is changed from here on has another state afterwards.
            before = self._checked_state(digest)
            shared: Way | None = None
            if reflink(blob, destination):
                shared = "reflink"
            elif hardlink(blob, destination):
                shared = "hardlink"
            self.memory.relinked(before, state_of(blob))
        same = before.content == state_of(blob).content
        if shared is None:
            same = same and copy_and_hash(blob, destination).digest == digest
        if not same:
            destination.unlink(missing_ok=True)
            raise IntegrityError(f"{blob} changed while it was in use")
        self.memory.written({destination: digest})
        return shared or "copy"

    def _checked_state(self, digest: str) -> State:
        blob = self.path(digest)
        if blob.is_file():
            state = state_of(blob)
            if self.find(digest) is not None:
                return state
        raise OutsideError(
            f"{digest} is no longer in the store",
            hint="run the command again; another process removed it",
        )

    def _name(self, path: Path, blob: Path, digest: str) -> None:
        """Give a file its blob's name, unless another process was first."""
        with self._linking():
            if not blob.exists():
                path.rename(blob)
                self.memory.written({blob: digest})

    @contextmanager
    def _linking(self) -> Iterator[None]:
        """Hold the right to change how many names files have: that moves their ctime."""
        from filelock import FileLock

        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / "names.lock"):
            yield

    def blobs(self) -> Iterator[Path]:
        """Yield every blob there is, whatever it holds."""
        for folder in sorted((self.folder / "sha256").glob("*")):
            yield from sorted(path for path in folder.iterdir() if path.is_file())

    def check(self) -> list[Path]:
        """Read every blob; drop those that are not what their names say, and return them."""
        there = list(self.blobs())
        wrong = [
            path
            for path, content in zip(there, file_contents(there), strict=True)
            if content.digest != f"sha256:{path.name}"
        ]
        for path in wrong:
            self.drop(path)
        return wrong

    def drop(self, blob: Path) -> None:
        """Remove a blob; whatever shares its bytes stays as it is, and stays known."""
        try:
            self._unlink(blob)
        except FileNotFoundError:
            # Another process dropped it meanwhile.
            return
        except OSError as error:
            raise _unusable(blob, error) from error

    def remove_folder(self, folder: Path) -> None:
        """Remove a folder; files that share a blob's inode stay known by their other names."""
        for place, _, names in os.walk(folder):
            for name in names:
                if (Path(place) / name).lstat().st_nlink > 1:
                    self._unlink(Path(place) / name)
        shutil.rmtree(folder)

    def _unlink(self, path: Path) -> None:
        """Take a name from a file; under its other names it stays known."""
        with self._linking(), path.open("rb") as file:
            before = as_state(os.fstat(file.fileno()))
            path.unlink()
            self.memory.relinked(before, as_state(os.fstat(file.fileno())))


def _settle(path: Path) -> None:
    """Give a file the mode that packages have, and bring its bytes to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if os.fstat(descriptor).st_mode & 0o7777 != FILE_MODE:
            os.fchmod(descriptor, FILE_MODE)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unusable(path: Path, error: OSError) -> OutsideError:
    return OutsideError(
        f"cannot access {path}: {error.strerror}",
        hint="set MLPACK_CACHE_DIR to a writable folder",
    )
