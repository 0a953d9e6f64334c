"""Temporary folders that outlive nobody: whoever needs one sweeps those of killed processes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.errors import OutsideError

_PREFIX = ".mlpack-scratch-"


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Yield an empty folder below ``parent`` (the system's temporary folder), gone afterwards.

    While it is in use this process holds a lock on it, which ends with the process however that
    ends: a folder without one was left by a process that was killed.
    """
    base = Path(parent or tempfile.gettempdir())
    _sweep(base)
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
            f"{base} cannot be written: {error.strerror}", hint="set TMPDIR to another folder"
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


def _sweep(base: Path) -> None:
    for leftover in base.glob(f"{_PREFIX}*"):
        held = _locked(leftover)
        if held is not None:
            shutil.rmtree(leftover, ignore_errors=True)
            os.close(held)
