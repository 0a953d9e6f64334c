"""What is done with a package: verify it, predict with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlpack.api.outside import outside_world
from mlpack.ports import Narrator, Prediction
from mlpack.report import VerifyReport
from mlpack.workflow.options import VerifyOptions


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
    from mlpack.workflow.verifying import lock_beside
    from mlpack.workflow.verifying import verify as tell

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
    from mlpack.workflow.verifying import predict as tell

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
