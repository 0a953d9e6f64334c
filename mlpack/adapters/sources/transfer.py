"""Downloading files: parts in parallel, each resumed where it broke off."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from mlpack.adapters.sources.clients import Patience
from mlpack.adapters.sources.failures import shown
from mlpack.adapters.sources.located import BrokenOffError, Located, MovedError, RemoteFile
from mlpack.adapters.sources.partial import Partial
from mlpack.core.errors import OutsideError
from mlpack.ports import Progress

_CONNECTIONS = 8
_BEGINNINGS = 3
"""How often a file that changes under the download is begun anew."""


def transfer(
    located: Located, folder: Path, uri: str, patience: Patience, progress: Progress
) -> Path:
    """Download what is located into ``folder``; return the file's or folder's path there.

    What ``folder`` holds of an earlier try is used. Every file has the size that its server
    stated, or this raises ``OutsideError``; nobody has compared digests yet. Raises
    ``MovedError`` when the files are not the located ones any more.
    """
    try:
        there = Partial(folder, uri, located.files)
        _check_room(located, there)
        try:
            _Transfer(located, there, uri, patience, progress).run()
        except MovedError:
            there.discard()
            raise
    except OSError as error:
        raise OutsideError(
            f"{shown(uri)} cannot be saved in {folder}: {error.strerror}",
            hint="free some space, or set MLPACK_CACHE_DIR to a folder elsewhere",
        ) from error
    return there.content if located.folder else there.content / located.files[0].name


def begun_anew(uri: str, download: Callable[[], Path]) -> Path:
    """Run ``download``, again when the remote files change meanwhile, but not for ever."""
    for _ in range(_BEGINNINGS):
        try:
            return download()
        except MovedError:
            continue
    raise OutsideError(
        f"{shown(uri)} keeps changing while it is downloaded",
        hint="wait until it is complete, or use a version that does not change",
    )


class _Transfer:
    """One run over all files, with one pool of connections."""

    def __init__(
        self,
        located: Located,
        partial: Partial,
        uri: str,
        patience: Patience,
        progress: Progress,
    ) -> None:
        self._located = located
        self._partial = partial
        self._uri = uri
        self._patience = patience
        self._over = threading.Event()
        sizes = [file.size for file in located.files]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        self._count = Count(total, progress)

    def run(self) -> None:
        """Fetch every part that is missing; the first failure ends all."""
        try:
            _in_parallel(list(self._tasks()), self._over)
            self._partial.complete()
        finally:
            self._over.set()
            self._partial.close()

    def _tasks(self) -> Iterator[Callable[[], None]]:
        for index, file in enumerate(self._located.files):
            if not file.joinable:
                yield partial(self._whole, index, file)
                continue
            parts = self._partial.missing(index)
            self._count.add((file.size or 0) - sum(end - start for start, end in parts))
            for part in parts:
                yield partial(self._part, index, file, *part)

    def _part(self, index: int, file: RemoteFile, start: int, end: int) -> None:
        at, failures = start, 0
        with self._partial.opened(index) as descriptor:
            while at < end:
                came = at
                try:
                    for block in self._located.reader.blocks(file, at, end):
                        self._write(descriptor, block[: end - at], at)
                        at += min(len(block), end - at)
                    broken = "the response was cut off"
                except BrokenOffError as error:
                    broken = str(error)
                failures = 0 if at > came else failures + 1
                if at < end:
                    self._rest(failures, broken)
            self._partial.finished(index, descriptor, start)

    def _whole(self, index: int, file: RemoteFile) -> None:
        """Fetch a file whose pieces could not be joined: it comes in one answer or not at all."""
        for failures in range(1, self._patience.retries + 2):
            at, broken = 0, ""
            with self._partial.opened(index) as descriptor:
                os.ftruncate(descriptor, 0)
                try:
                    for block in self._located.reader.whole(file):
                        self._write(descriptor, block, at)
                        at += len(block)
                except BrokenOffError as error:
                    broken = str(error)
            if not broken and file.size in (at, None):
                self._partial.finished_whole(index)
                return
            self._count.add(-at)
            self._rest(failures, broken or "the response was cut off")

    def _rest(self, failures: int, broken: str) -> None:
        if failures > self._patience.retries:
            raise OutsideError(
                f"{shown(self._uri)} cannot be downloaded: {broken}",
                hint="run the same command again: completed parts are kept",
            )
        if failures and self._over.wait(self._patience.wait(failures)):
            raise _GivenUpError

    def _write(self, descriptor: int, block: bytes, at: int) -> None:
        if self._over.is_set():
            raise _GivenUpError
        view = memoryview(block)
        while view:
            written = os.pwrite(descriptor, view, at)
            view, at = view[written:], at + written
        self._count.add(len(block))


class _GivenUpError(Exception):
    """Another part failed, or the user interrupted."""


def _in_parallel(tasks: Sequence[Callable[[], None]], over: threading.Event) -> None:
    """Run all tasks on a few threads; raise the first failure.

    The threads are daemons and nobody waits for them after a failure: one of them may hear
    nothing from its server for a minute, and an interrupt must not.
    """
    todo: SimpleQueue[Callable[[], None]] = SimpleQueue()
    ended: SimpleQueue[BaseException | None] = SimpleQueue()
    for task in tasks:
        todo.put(task)

    def work() -> None:
        while not over.is_set():
            try:
                task = todo.get_nowait()
            except Empty:
                return
            try:
                task()
            except BaseException as error:
                ended.put(error)
            else:
                ended.put(None)

    for _ in range(min(_CONNECTIONS, len(tasks))):
        threading.Thread(target=work, daemon=True).start()
    for _ in tasks:
        if (error := ended.get()) is not None:
            raise error


class Count:
    """Bytes that have travelled, counted by several threads; ``total`` where it is known."""

    def __init__(self, total: int | None, progress: Progress) -> None:
        self._total = total
        self._progress = progress
        self._lock = threading.Lock()
        self._bytes = 0

    def add(self, count: int) -> None:
        """Take note of more of them."""
        with self._lock:
            self._bytes += count
            self._progress(self._bytes, self._total)


def _check_room(located: Located, partial: Partial) -> None:
    """Refuse before the first byte what the disk has no room for."""
    needed = sum(
        end - start for index in range(len(located.files)) for start, end in partial.missing(index)
    )
    place = os.statvfs(partial.content)
    free = place.f_bavail * place.f_frsize
    if needed > free:
        raise OutsideError(
            f"{partial.content.parent} has {free} bytes free, but {needed} are needed",
            hint="free some space, or set MLPACK_CACHE_DIR to a folder elsewhere",
        )
