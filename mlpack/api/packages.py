"""What is done with a package: verify, predict, compare, inspect, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.api.outside import outside_world
from mlpack.core.errors import UsageError
from mlpack.ports import Narrator, Prediction
from mlpack.ports.report import VerifyReport
from mlpack.workflow.options import VerifyOptions

if TYPE_CHECKING:
    from mlpack.package.comparison import PackageComparison
    from mlpack.package.description import Description
    from mlpack.ports.report import ExportReport


def verify(
    model: str | Path,
    options: VerifyOptions | None = None,
    *,
    lock_file: str | Path | None = None,
    narrator: Narrator | None = None,
) -> VerifyReport:
    """Check a package's digest and run its forward pass in an environment made from it alone.

    ``lock_file`` holds the digest to compare with; the lock of the project that the package lies
    in is found without it.
    """
    from mlpack.lock.text import read_lock
    from mlpack.workflow.verify import lock_beside
    from mlpack.workflow.verify import verify as tell

    path = Path(lock_file) if lock_file else lock_beside(Path(model))
    known = read_lock(path) if path is not None else None
    return tell(Path(model), _absolute(options), outside_world(narrator), lock=known)


def predict(
    model: str | Path,
    *,
    payload: str | Path | None = None,
    output: str | Path | None = None,
    options: VerifyOptions | None = None,
    narrator: Narrator | None = None,
) -> Prediction:
    """Predict with any MLflow pyfunc folder; without ``payload`` its own example is used.

    Relative URIs in a payload resolve in the caller's working folder, those of the package's
    example in a copy of its files. ``output`` gets the predictions.
    """
    from mlpack.workflow.verify import predict as tell

    return tell(
        Path(model),
        Path(payload).absolute() if payload else None,
        Path(output).absolute() if output else None,
        _absolute(options),
        outside_world(narrator),
    )


def _absolute(options: VerifyOptions | None) -> VerifyOptions:
    options = options or VerifyOptions()
    return replace(options, payload=options.payload and options.payload.absolute())


def diff(first: str | Path, second: str | Path) -> PackageComparison:
    """Compare two MLflow model folders file by file, each in its own terms.

    Raises ``UsageError`` for a folder that is none, ``IntegrityError`` for one with links in it.
    """
    from mlpack.package.comparison import compare_packages

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
    from mlpack.workflow.export import export as tell
    from mlpack.workflow.verify import lock_beside

    package = Path(model).absolute()
    if not package.is_dir():
        raise UsageError(f"{model} is not a folder", hint="pass the folder of an MLflow model")
    known = lock_file or lock_beside(package)
    archive = Path(f"{package.name}.tar") if output is None else Path(output)
    return tell(package, archive.absolute(), lock=None if known is None else read_lock(known))
