"""Folders to work in before anyone sees the result: beside the target, or temporary."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.core.errors import OutsideError
from mlpack.storage.file_locks import exclusive

_MARK = ".mlpack-"
_HINT = "choose another folder with -o/--output, or fix its permissions"


@contextmanager
def staging(
    target: Path, locks: Path, *, waiting: Callable[[str], None], hint: str = _HINT
) -> Iterator[Path]:
    """Yield an empty folder beside ``target``, on its file system, gone afterwards.

    One build at a time works on a target: a second one hears through ``waiting`` why it waits.
    Leftovers of builds that were killed are swept first.
    """
    with exclusive(target, locks, waiting=waiting):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            _sweep(target)
            folder = Path(tempfile.mkdtemp(prefix=f".{target.name}{_MARK}", dir=target.parent))
        except OSError as error:
            raise OutsideError(
                f"cannot write {target.parent}: {error.strerror}", hint=hint
            ) from error
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def sweep(target: Path, locks: Path, *, waiting: Callable[[str], None]) -> None:
    """Remove what killed builds of ``target`` left, if there is anything."""
    if _leftovers(target):
        with exclusive(target, locks, waiting=waiting):
            _sweep(target)


def _leftovers(target: Path) -> list[Path]:
    mark = f".{target.name}{_MARK}"
    if not target.parent.is_dir():
        return []
    return sorted(path for path in target.parent.iterdir() if path.name.startswith(mark))


def _sweep(target: Path) -> None:
    """Remove what killed builds left, and put back a package that one had moved aside."""
    for leftover in _leftovers(target):
        if leftover.name.endswith(".old") and not target.exists():
            leftover.rename(target)
        else:
            shutil.rmtree(leftover, ignore_errors=True)


_PREFIX = ".mlpack-scratch-"


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield an empty folder below ``parent`` (the system's temporary folder), gone afterwards.

    While it is in use this process holds a lock on it, which ends with the process however that
    ends: a folder without one was left by a process that was killed.
    """
    base = Path(parent or tempfile.gettempdir())
    _sweep_scratch(base)
    folder, held = _new_folder(base)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _new_folder(base: Path) -> tuple[Path, int]:
    try:
        while True:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base)).resolve()
            held = _locked(folder)
            if held is not None:
                return folder, held
    except OSError as error:
        raise OutsideError(
            f"cannot write {base}: {error.strerror}", hint="set TMPDIR to another folder"
        ) from error


def _locked(folder: Path) -> int | None:
    """Lock a folder; ``None`` where another process holds it, or has swept it away."""
    with contextlib.suppress(OSError):
        held = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if folder.stat().st_ino == os.fstat(held).st_ino:
                return held
        except OSError:
            pass
        os.close(held)
    return None


def _sweep_scratch(base: Path) -> None:
    for leftover in base.glob(f"{_PREFIX}*"):
        held = _locked(leftover)
        if held is not None:
            shutil.rmtree(leftover, ignore_errors=True)
            os.close(held)
