"""A download on its way: files with holes in them, and a journal of the parts that are there."""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from mlpack.digest import value_digest
from mlpack.sources.located import RemoteFile

PART = 16 << 20
"""Bytes that are asked for, and written down as done, at a time."""

# Smaller files are quicker asked for again than written down.
_WORTH_A_LINE = 1 << 20
_JOURNAL = "journal"
_CONTENT = "content"


class Partial:
    """What there is already of some remote files, in a folder that outlives the process.

    The journal names a part only once its bytes are on the disk, so that not even a power cut
    can make a hole count as content. It belongs to files of certain sizes and tags: when the
    server has others, all is begun anew. One process at a time may use the folder.
    """

    def __init__(self, folder: Path, uri: str, files: tuple[RemoteFile, ...]) -> None:
        self.content = folder / _CONTENT
        self._journal = folder / _JOURNAL
        self._lock = threading.Lock()
        self._closed = False
        identity = value_digest(
            [uri, PART, [[str(file.name), file.size, file.tag, file.digest] for file in files]]
        )
        self._done = self._read(identity)
        if self._done is None:
            shutil.rmtree(folder, ignore_errors=True)
            self.content.mkdir(parents=True)
            self._journal.write_text(json.dumps(identity) + "\n", encoding="utf-8")
            self._done = set()

    def _read(self, identity: str) -> set[tuple[int, int]] | None:
        """Return the parts that are there, or ``None`` where the journal is of other files."""
        try:
            first, *lines = self._journal.read_text(encoding="utf-8").splitlines(keepends=True)
            if json.loads(first) != identity or not self.content.is_dir():
                return None
            # A line without its end was being written when the process died.
            pairs = [json.loads(line) for line in lines if line.endswith("\n")]
            return {(int(file), int(part)) for file, part in pairs}
        except (OSError, ValueError, TypeError):
            return None

    def missing(self, index: int, file: RemoteFile) -> Iterator[tuple[int, int]]:
        """Yield start and end of each part that is not there; an empty file is one empty part."""
        size = file.size or 0
        for part in range(max(1, -(-size // PART))):
            if (index, part) not in (self._done or ()):
                yield part * PART, min(size, (part + 1) * PART)

    def open(self, file: RemoteFile) -> int:
        """Return a descriptor of the file to be written."""
        path = self.content / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def finished(self, index: int, file: RemoteFile, descriptor: int, start: int) -> None:
        """Write down that the part at ``start`` is there."""
        if (file.size or 0) < _WORTH_A_LINE:
            return
        os.fsync(descriptor)
        with self._lock:
            if self._closed:
                return
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(json.dumps([index, start // PART]) + "\n")
                journal.flush()
                os.fsync(journal.fileno())

    def close(self) -> None:
        """Write nothing down any more: a thread that comes late may be of another beginning."""
        with self._lock:
            self._closed = True

    def discard(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.content, ignore_errors=True)
        self._journal.unlink(missing_ok=True)
