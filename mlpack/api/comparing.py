"""Packages looked at: what differs between two, what one is, and one as a single file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.errors import UsageError

if TYPE_CHECKING:
    from mlpack.comparison import PackageComparison
    from mlpack.package.description import Description
    from mlpack.report import ExportReport


def diff(first: str | Path, second: str | Path) -> PackageComparison:
    """Compare two MLflow model folders file by file, each in its own terms.

    Raises ``UsageError`` for a folder that is none, ``IntegrityError`` for one with links in it.
    """
    from mlpack.comparison import compare_packages

    return compare_packages(Path(first), Path(second))


def inspect(model: str | Path) -> Description:
    """Describe any MLflow pyfunc model folder, and the record beside it; nothing of it is run."""
    from mlpack.package.description import describe

    return describe(Path(model).absolute())


def export(
    model: str | Path, output: str | Path | None = None, *, lock_file: Path | None = None
) -> ExportReport:
    """Write a package as one tar; without ``output`` it is ``<name>.tar`` in the working folder.

    The same package gives the same bytes. ``lock_file`` is as for ``verify``.
    """
    from mlpack.lock.text import read_lock
    from mlpack.workflow.exporting import export as tell
    from mlpack.workflow.verifying import lock_beside

    package = Path(model).absolute()
    if not package.is_dir():
        raise UsageError(f"{model} is not a folder", hint="give the folder of an MLflow model")
    known = lock_file or lock_beside(package)
    archive = Path(f"{package.name}.tar") if output is None else Path(output)
    return tell(package, archive.absolute(), lock=None if known is None else read_lock(known))
