"""Digests remembered by what the file system says of a file, so that none is read twice."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from mlpack.core.digest import FileContent, file_contents
from mlpack.storage.stat import State, now, state_of

if TYPE_CHECKING:
    import sqlite3

_T = TypeVar("_T")
_NAME = "digests-1.sqlite"
_COLUMNS = "path, size, mtime, inode, ctime, digest, seal, day"
# What one statement may ask for at once; SQLite's own limit was 999 for long.
_CHUNK = 900
_DAY = 86_400
_PATIENCE = 10.0

_TABLES = """
CREATE TABLE IF NOT EXISTS files (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, inode INTEGER NOT NULL,
    ctime INTEGER NOT NULL, digest BLOB NOT NULL, seal BLOB NOT NULL, day INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS files_by_inode ON files (inode, ctime);
PRAGMA user_version = 1;
"""


class DigestMemory:
    """Remembers digests by (path, size, mtime, inode, ctime), as git's index does.

    ``folder`` is the cache folder; any number of processes and threads may share it. A digest is
    remembered only where a later change is bound to show: not for a file that was changed as it
    was read, nor just before. ``paranoid`` reads every file anew, once. A memory that cannot be
    opened or is damaged costs time, never a wrong answer.
    """

    def __init__(self, folder: Path, *, paranoid: bool = False) -> None:
        self._path = folder / _NAME
        # A paranoid memory believes what it has seen itself.
        self._seen: set[bytes] | None = set() if paranoid else None

    def contents(self, paths: Sequence[Path]) -> list[FileContent]:
        """Return digest and size of each file, reading those that are not known, in parallel.

        Raises ``OutsideError`` for a file that cannot be read.
        """
        before = [state_of(path) for path in paths]
        known = self._known(paths, before)
        unknown = [index for index in range(len(paths)) if index not in known]
        if unknown:
            started = now()
            found = file_contents([paths[index] for index in unknown])
            self._remember(
                (paths[index], before[index], content.digest)
                for index, content in zip(unknown, found, strict=True)
                if before[index].settled(started) and state_of(paths[index]) == before[index]
            )
            known |= dict(zip(unknown, found, strict=True))
        return [known[index] for index in range(len(paths))]

    def digest_of(self, path: Path) -> str:
        """Return ``sha256:<hex>`` of a file, from memory where it has not changed."""
        return self.contents([path])[0].digest

    def known(self, paths: Sequence[Path]) -> list[FileContent | None]:
        """Return what is remembered of each file that has not changed; nothing is read."""
        found = self._known(paths, [state_of(path) for path in paths])
        return [found.get(index) for index in range(len(paths))]

    def read(self, path: Path, before: State, digest: str) -> None:
        """Remember a file that the caller has read, its state before then being ``before``."""
        if before.settled(now()) and state_of(path) == before:
            self._remember([(path, before, digest)])

    def written(self, digests: Mapping[Path, str]) -> None:
        """Remember files that this process has just written, where no other could write too."""
        self._remember((path, state_of(path), digest) for path, digest in digests.items())

    def moved(self, old: Path, new: Path) -> None:
        """Follow a folder that was renamed: its files are the same ones."""
        start, end = _below(old)
        first, last = _below(new)

        def follow(database: sqlite3.Connection) -> None:
            rows = _rows(database, "path >= ? AND path < ?", (start, end))
            _delete(database, "path >= ? AND path < ?", (start, end))
            _delete(database, "path >= ? AND path < ?", (first, last))
            _insert(database, [row.at(first + row.path[len(start) :]) for row in rows])

        self._ask(follow, None)

    def relinked(self, before: State, after: State) -> None:
        """Follow a file whose names this process made more or fewer: only its ctime has moved.

        ``before`` is the state that a digest was remembered for; without one nothing happens.
        """
        if before.content != after.content:
            return

        def follow(database: sqlite3.Connection) -> None:
            rows = _rows(database, "inode = ? AND ctime = ?", (before.inode, before.ctime))
            _insert(database, [row.now(after) for row in rows if row.state == before])

        self._ask(follow, None)

    def last_used(self, path: Path) -> float | None:
        """Return when a file was last asked for, in seconds since the epoch, a day exact."""

        def look(database: sqlite3.Connection) -> float | None:
            row = database.execute("SELECT day FROM files WHERE path = ?", (_key(path),)).fetchone()
            return None if row is None else float(row[0] * _DAY)

        return self._ask(look, None)

    def forget(self, *, before: float) -> None:
        """Drop what nobody has asked for since ``before``, in seconds since the epoch."""

        def drop(database: sqlite3.Connection) -> None:
            _delete(database, "day < ?", (int(before // _DAY),))

        self._ask(drop, None)

    def _known(self, paths: Sequence[Path], states: Sequence[State]) -> dict[int, FileContent]:
        """Return what is remembered of files that have not changed, by index."""
        indices: dict[bytes, list[int]] = {}
        for index, path in enumerate(paths):
            indices.setdefault(_key(path), []).append(index)
        known: dict[int, FileContent] = {}
        today = _today()

        def look(database: sqlite3.Connection) -> None:
            old = []
            for row in _of(database, list(indices)):
                if self._seen is not None and row.path not in self._seen:
                    continue
                for index in indices[row.path]:
                    if row.state == states[index]:
                        known[index] = FileContent(digest=row.digest, size=row.state.size)
                if row.day != today:
                    old.append(row.used(today))
            _insert(database, old)

        self._ask(look, None)
        return known

    def _remember(self, found: Iterable[tuple[Path, State, str]]) -> None:
        today = _today()
        rows = [_Row(_key(path), state, digest, today) for path, state, digest in found]
        if self._seen is not None:
            self._seen.update(row.path for row in rows)
        if rows:
            self._ask(lambda database: _insert(database, rows), None)

    def _ask(self, work: Callable[[sqlite3.Connection], _T], default: _T) -> _T:
        """Do ``work`` on the database, or answer ``default`` where that is not possible."""
        import sqlite3

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self._path, timeout=_PATIENCE)) as database:
                _prepare(database)
                found = work(database)
                database.commit()
                return found
        except (OSError, sqlite3.OperationalError):
            # No such folder, no room, no permission, or others kept it busy for long.
            return default
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self._path.unlink()
            return default


class _Row(NamedTuple):
    """One file: its path as bytes, its state when it was hashed, its digest, its last use."""

    path: bytes
    state: State
    digest: str
    day: int

    def at(self, path: bytes) -> _Row:
        return self._replace(path=path)

    def now(self, state: State) -> _Row:
        return self._replace(state=state)

    def used(self, day: int) -> _Row:
        return self._replace(day=day)


def _prepare(database: sqlite3.Connection) -> None:
    # What a power cut damages shows: in SQLite's own pages, or in a row's seal.
    database.execute("PRAGMA synchronous = OFF")
    if database.execute("PRAGMA user_version").fetchone()[0] == 0:
        database.executescript(_TABLES)


def _of(database: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[_Row]:
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        yield from _rows(database, f"path IN ({','.join('?' * len(chunk))})", chunk)


def _rows(database: sqlite3.Connection, where: str, values: Sequence[Any]) -> list[_Row]:
    found = []
    statement = f"SELECT {_COLUMNS} FROM files WHERE {where}"  # noqa: S608 - no user's text in it
    for path, size, mtime, inode, ctime, digest, seal, day in database.execute(statement, values):
        row = _Row(path, State(size, mtime, inode, ctime), f"sha256:{digest.hex()}", day)
        if seal == _seal(row):
            found.append(row)
    return found


def _delete(database: sqlite3.Connection, where: str, values: Sequence[Any]) -> None:
    database.execute(f"DELETE FROM files WHERE {where}", values)  # noqa: S608 - no user's text


def _insert(database: sqlite3.Connection, rows: Sequence[_Row]) -> None:
    database.executemany(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                row.path, row.state.size, row.state.mtime, row.state.inode, row.state.ctime,
                bytes.fromhex(row.digest.removeprefix("sha256:")), _seal(row), row.day,
            )
            for row in rows
        ],
    )  # fmt: skip


def _seal(row: _Row) -> bytes:
    text = b"%d %d %d %d " % (row.state.size, row.state.mtime, row.state.inode, row.state.ctime)
    content = text + row.digest.encode() + row.path
    return hashlib.blake2b(content, digest_size=8).digest()


def _key(path: Path) -> bytes:
    return os.fsencode(path.absolute())


def _below(folder: Path) -> tuple[bytes, bytes]:
    """Return the keys between which lie all files below a folder."""
    key = _key(folder)
    return key + b"/", key + b"0"


def _today() -> int:
    return now() // 1_000_000_000 // _DAY
