"""A place beside the target in which a package is made, and who may work there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.errors import OutsideError
from mlpack.workspace.exclusive import exclusive

_MARK = ".mlpack-"
_HINT = "choose another folder with -o/--output, or mend its permissions"


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
                f"{target.parent} cannot be written: {error.strerror}", hint=hint
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
