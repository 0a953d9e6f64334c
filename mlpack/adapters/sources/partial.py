"""A download in progress: files with holes, and a journal of the parts that are there."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlpack.adapters.sources.located import MovedError, RemoteFile
from mlpack.core.digest import value_digest
from mlpack.storage.file_locks import lock_of
from mlpack.storage.inventory import Kept, remove

PART = 16 << 20
"""Bytes that are asked for, and written down as done, at a time."""

# Smaller files are quicker asked for again than written down.
_WORTH_A_LINE = 1 << 20
_JOURNAL = "journal"
_CONTENT = "content"


class Partial:
    """What there is already of some remote files, in a folder that outlives the process.

    The journal names a part only once its bytes are on the disk, and with the file that holds
    them, so that neither a power cut nor somebody who tidies up can make a hole count as content.
    It belongs to files of certain sizes and tags: when the server has others, all is begun anew.
    One process at a time may use the folder.
    """

    def __init__(self, folder: Path, uri: str, files: tuple[RemoteFile, ...]) -> None:
        self.content = folder / _CONTENT
        self._files = files
        self._journal = folder / _JOURNAL
        self._lock = threading.Lock()
        self._closed = False
        self._anchors: dict[int, int] = {}
        identity = value_digest(
            [uri, PART, [[str(file.name), file.size, file.tag, file.digest] for file in files]]
        )
        done = self._read(identity)
        if done is None:
            shutil.rmtree(folder, ignore_errors=True)
            self.content.mkdir(parents=True)
            self._journal.write_text(json.dumps(identity) + "\n", encoding="utf-8")
        self._done = done or set()

    def _read(self, identity: str) -> set[tuple[int, int]] | None:
        """Return the parts that are there, or ``None`` where the journal is of other files."""
        try:
            first, *lines = self._journal.read_text(encoding="utf-8").splitlines(keepends=True)
            if json.loads(first) != identity or not self.content.is_dir():
                return None
            # A line without its end was being written when the process died.
            found = [json.loads(line) for line in lines if line.endswith("\n")]
            held = {index: (self.content / self._files[index].name).stat() for index, *_ in found}
        except (OSError, ValueError, TypeError, LookupError):
            return None
        for index, part, inode in found:
            end = min((part + 1) * PART, self._files[index].size or 0)
            if held[index].st_ino != inode or held[index].st_size < end:
                return None
        return {(index, part) for index, part, _ in found}

    def missing(self, index: int) -> list[tuple[int, int]]:
        """Return start and end of each part that is not there; an empty file is one empty part."""
        size = self._files[index].size or 0
        return [
            (part * PART, min(size, (part + 1) * PART))
            for part in range(max(1, -(-size // PART)))
            if (index, part) not in self._done
        ]

    @contextmanager
    def opened(self, index: int) -> Iterator[int]:
        """Yield a descriptor of a file, to be written to.

        Raises ``MovedError`` when it is not the file that its earlier parts are in.
        """
        path = self.content / self._files[index].name
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            with self._lock:
                # Held open, so that no other file can get its inode.
                anchor = self._anchors.get(index)
                if anchor is None and not self._closed:
                    self._anchors[index] = os.dup(descriptor)
                elif anchor is not None and not os.path.sameopenfile(anchor, descriptor):
                    raise MovedError
            yield descriptor
        finally:
            os.close(descriptor)

    def finished(self, index: int, descriptor: int, start: int) -> None:
        """Write down that the part at ``start`` is there."""
        worth_a_line = (self._files[index].size or 0) >= _WORTH_A_LINE
        if worth_a_line:
            os.fsync(descriptor)
        with self._lock:
            if self._closed:
                return
            part = start // PART
            self._done.add((index, part))
            if worth_a_line:
                line = json.dumps([index, part, os.fstat(descriptor).st_ino])
                with self._journal.open("a", encoding="utf-8") as journal:
                    journal.write(line + "\n")
                    journal.flush()
                    os.fsync(journal.fileno())
            if not self.missing(index):
                self._let_go(index)

    def finished_whole(self, index: int) -> None:
        """Take note that a file is there which came in one answer; it is in no journal."""
        with self._lock:
            self._let_go(index)

    def complete(self) -> None:
        """Hold every file to its size. Raises ``MovedError`` when something took one away."""
        for file in self._files:
            try:
                found = (self.content / file.name).stat().st_size
            except FileNotFoundError:
                raise MovedError from None
            if file.size not in (None, found):
                raise MovedError

    def close(self) -> None:
        """Write nothing down any more: a thread that comes late may be of another beginning."""
        with self._lock:
            self._closed = True
            for anchor in self._anchors.values():
                os.close(anchor)
            self._anchors.clear()

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.content, ignore_errors=True)
        self._journal.unlink(missing_ok=True)

    def _let_go(self, index: int) -> None:
        """Close what held a finished file, which must still go by its name."""
        anchor = self._anchors.pop(index, None)
        if anchor is None:
            return
        try:
            same = os.path.samestat(
                os.fstat(anchor), (self.content / self._files[index].name).stat()
            )
        except FileNotFoundError:
            same = False
        finally:
            os.close(anchor)
        if not same:
            raise MovedError


DOWNLOADS = Path("cas", "downloads")
"""Where downloads on their way lie below a cache folder: on the store's file system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadShelf:
    """Unfinished downloads below a cache folder; each is dropped as a whole."""

    cache: Path
    name: str = "unfinished downloads"

    def items(self) -> Iterator[Kept]:
        """Yield each; it was used last when something arrived."""
        for folder in sorted((self.cache / DOWNLOADS).glob("*")):
            with contextlib.suppress(FileNotFoundError):
                times = [path.lstat().st_mtime for path in (folder, *folder.rglob("*"))]
                yield Kept(path=folder, last_used=max(times))

    def drop(self, item: Kept) -> bool:
        """Remove one, unless a process is just downloading it."""
        from filelock import Timeout

        try:
            with lock_of(item.path, self.cache / "locks").acquire(blocking=False):
                remove(item.path)
        except Timeout:
            return False
        return True

    def damaged(self) -> Iterator[Path]:
        """Yield nothing: a download is checked when it has come to its end."""
        yield from ()
