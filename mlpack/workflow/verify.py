"""The story of a package met again: is it what it should be, and does it still predict."""

from __future__ import annotations

from pathlib import Path

from mlpack.lock.model import Lock
from mlpack.package.reading import PackageFacts
from mlpack.ports import Prediction, PredictRequest
from mlpack.ports.outside import Outside
from mlpack.ports.report import VerifyReport
from mlpack.workflow.forward_pass import (
    BY_MLFLOW,
    example_folder,
    need_input,
    package_at,
    package_environment,
    predict_through,
    predicted,
    prove,
)
from mlpack.workflow.integrity import check_integrity, lock_of
from mlpack.workflow.options import VerifyOptions


def verify(
    path: Path, options: VerifyOptions, outside: Outside, *, lock: Lock | None = None
) -> VerifyReport:
    """Compare a package with ``--digest``, or its lock and record; then run its forward pass.

    Raises ``IntegrityError``, which names the files that differ, or ``ModelError``.
    """
    package = path.absolute()
    outside.narrator.step("Hashing the package")
    # Before anything is read from it: a damaged MLmodel is damage, not a wrong argument.
    found = check_integrity(package, digest=options.digest, lock=lock)
    outside.narrator.done(f"Hashed the package: {found.digest}")
    facts = package_at(path)
    prediction = _forward_pass(facts, options, outside) if options.predict else None
    return VerifyReport(
        package=package,
        digest=found.digest,
        compared_with=found.compared_with,
        prediction=prediction,
        warnings=found.warnings + (prediction.warnings if prediction else ()),
    )


def _forward_pass(facts: PackageFacts, options: VerifyOptions, outside: Outside) -> Prediction:
    payload = options.payload and options.payload.absolute()
    need_input(facts, payload, "--payload")
    with package_environment(facts, options, outside) as environment:
        if options.environment_manager in BY_MLFLOW:
            return predict_through(facts, payload, None, options, environment, outside)
        outside.narrator.step("Running the forward pass")
        with example_folder(facts) as folder:
            request = PredictRequest(package=facts.path, workdir=folder, payload=payload)
            prediction = prove(outside.models, environment, request, options.isolation)
    outside.narrator.done(predicted(prediction))
    return prediction


def lock_beside(path: Path) -> Path | None:
    """Return the lock of the project that a package was built in, searching upward from it."""
    return lock_of(path)
