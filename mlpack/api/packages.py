"""What is done with a package: verify, predict, compare, inspect, export."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from mlpack.api.given import one_or_many
from mlpack.api.outside import outside_world
from mlpack.core.errors import OutsideError, UsageError
from mlpack.ports import Narrator, Prediction
from mlpack.ports.report import VerifyReport
from mlpack.workflow.options import VerifyOptions

if TYPE_CHECKING:
    from mlpack.package.comparison import PackageComparison
    from mlpack.package.description import Description
    from mlpack.ports.outside import Outside
    from mlpack.ports.report import ExportReport
    from mlpack.workflow.predict import Data


@one_or_many
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

    outside = outside_world(narrator)
    package = _here(model, outside)
    path = Path(lock_file) if lock_file else lock_beside(package)
    known = read_lock(path) if path is not None else None
    return tell(package, _absolute(options), outside, lock=known)


@one_or_many
def predict(
    model: str | Path,
    data: Any = None,
    *,
    params: Mapping[str, Any] | None = None,
    options: VerifyOptions | None = None,
    narrator: Narrator | None = None,
) -> Any:
    """Return what a model predicts, as it returns it; it runs in its own environment.

    ``data`` is a DataFrame, a Series, an array, a list, a mapping (also one of the scoring
    protocol), or the path of a file; without it the package's own example is used. It is cast to
    the signature as MLflow's server does. ``params`` take the place of those in the data.

    Raises ``ModelError`` where the model fails, or returns what cannot leave its environment.
    """
    from mlpack._worker.exchange import unpacked
    from mlpack.storage.staging import scratch_folder
    from mlpack.workflow.predict import PYTHON, Data
    from mlpack.workflow.predict import predict as tell

    with scratch_folder() as folder:
        given = _given(data, folder)
        (folder / "predicted").mkdir()
        written = Data(path=folder / "predicted" / "value", form=PYTHON)
        outside = outside_world(narrator)
        here = _here(model, outside)
        tell(here, given, written, _absolute(options), outside, params=params)
        try:
            return unpacked(written.path)
        except ImportError as error:
            raise OutsideError(
                f"the predictions need {error.name or 'a library'}, which is not installed here",
                hint=f"install {error.name}, or use mlpack.write_predictions with a file",
            ) from error


def _given(data: Any, folder: Path) -> Data | None:
    """Return a file with the caller's values, or the one that they name."""
    from mlpack._worker.exchange import UnsendableError, packed
    from mlpack.workflow.predict import PYTHON, Data

    if data is None:
        return None
    if isinstance(data, (str, Path)):
        return Data(path=Path(data).absolute())
    (folder / "given").mkdir()
    # The name is what messages call it.
    path = folder / "given" / "the input"
    try:
        packed(data, path)
    except UnsendableError as error:
        raise UsageError(
            f"the input cannot reach the model: {error}",
            hint="pass a DataFrame, a numpy array, or lists and mappings of plain values",
        ) from None
    return Data(path=path, form=PYTHON)


def write_predictions(
    model: str | Path,
    *,
    payload: str | Path | None = None,
    payload_format: str | None = None,
    output: str | Path | None = None,
    output_format: str | None = None,
    options: VerifyOptions | None = None,
    narrator: Narrator | None = None,
) -> Prediction:
    """Predict with any MLflow pyfunc folder, from a file to a file.

    Without ``payload`` the package's own example is used, without ``output`` nothing is written.
    The formats are ``csv``, ``json``, ``jsonl``, ``npy`` and ``parquet``; without one the file's
    name tells, or its content. Relative URIs in a payload resolve in the caller's working folder,
    those of the package's example in a copy of its files.
    """
    from mlpack.workflow.predict import Data
    from mlpack.workflow.predict import predict as tell

    outside = outside_world(narrator)
    return tell(
        _here(model, outside),
        Data(path=Path(payload).absolute(), form=payload_format) if payload else None,
        Data(path=Path(output).absolute(), form=output_format) if output else None,
        _absolute(options),
        outside,
    )


def _absolute(options: VerifyOptions | None) -> VerifyOptions:
    options = options or VerifyOptions()
    return replace(options, payload=options.payload and options.payload.absolute())


def _here(model: str | Path, outside: Outside | None = None) -> Path:
    """Return the folder of a model; one that a URI names is pulled into the cache."""
    from mlpack.workflow.pull import at_hand, is_remote

    if isinstance(model, str) and is_remote(model):
        return at_hand(model, outside or outside_world())
    return Path(model)


def diff(first: str | Path, second: str | Path) -> PackageComparison:
    """Compare two MLflow models file by file, each in its own terms: folders, or URIs.

    Raises ``UsageError`` for a folder that is none, ``IntegrityError`` for one with links in it.
    """
    from mlpack.package.comparison import compare_packages

    return compare_packages(_here(first), _here(second))


@one_or_many
def inspect(model: str | Path) -> Description:
    """Describe any MLflow pyfunc model folder, and the record beside it; nothing of it is run."""
    from mlpack.package.description import describe

    return describe(_here(model).absolute())


@overload
def export(  # type: ignore[overload-overlap]
    model: str | Path, output: str | Path | None = None, *, lock_file: Path | None = None
) -> ExportReport: ...


@overload
def export(
    model: Sequence[str | Path], output: None = None, *, lock_file: Path | None = None
) -> tuple[ExportReport, ...]: ...


def export(
    model: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    lock_file: Path | None = None,
) -> ExportReport | tuple[ExportReport, ...]:
    """Write a package as one tar; without ``output`` it is ``<name>.tar`` in the working folder.

    The same package gives the same bytes. ``lock_file`` is as for ``verify``.
    """
    if isinstance(model, (str, Path)):
        return _exported(model, output, lock_file)
    if output is not None:
        raise UsageError("an archive contains one package", hint="leave out `output`")
    return tuple(_exported(each, None, lock_file) for each in model)


def _exported(model: str | Path, output: str | Path | None, lock_file: Path | None) -> ExportReport:
    from mlpack.lock.text import read_lock
    from mlpack.workflow.export import export as tell
    from mlpack.workflow.verify import lock_beside

    package = Path(model).absolute()
    if not package.is_dir():
        raise UsageError(f"{model} is not a folder", hint="pass the folder of an MLflow model")
    known = lock_file or lock_beside(package)
    archive = Path(f"{package.name}.tar") if output is None else Path(output)
    return tell(package, archive.absolute(), lock=None if known is None else read_lock(known))
