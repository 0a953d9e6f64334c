"""The story of a package met again: is it what it should be, and does it still predict."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.core.counting import counted
from mlpack.core.errors import UsageError
from mlpack.lock.model import Lock
from mlpack.package.reading import PackageFacts
from mlpack.ports import Environment, Prediction, PredictRequest
from mlpack.ports.outside import Outside
from mlpack.ports.report import VerifyReport
from mlpack.workflow.forward_pass import (
    check_tool,
    environment_request,
    example_folder,
    package_at,
    predict_through,
    predicted,
    prove,
    virtualenv_of,
)
from mlpack.workflow.integrity import check_integrity, lock_of
from mlpack.workflow.options import VerifyOptions

# Managers with which MLflow's own command predicts.
_BY_MLFLOW = ("conda", "local")


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


def predict(
    path: Path,
    payload: Path | None,
    output: Path | None,
    options: VerifyOptions,
    outside: Outside,
) -> Prediction:
    """Predict with any MLflow pyfunc model, in an environment made from it alone.

    The example's relative URIs resolve in a copy of its files, a payload's where the caller is.
    """
    facts = package_at(path)
    _need_input(facts, payload, "-i/--input")
    manager = options.environment_manager
    with _environment(facts, options, outside) as environment:
        if manager in _BY_MLFLOW:
            return predict_through(facts, payload, output, options, environment, outside)
        with example_folder(facts) as folder:
            request = PredictRequest(
                package=facts.path,
                workdir=folder if payload is None else Path.cwd(),
                payload=payload,
                check_output=False,
                result_file=output,
            )
            return outside.models.predict(environment, request, options.isolation)


def environment_for(facts: PackageFacts, options: VerifyOptions, outside: Outside) -> Environment:
    """Return an environment made from the package alone."""
    if not facts.requirements:
        raise UsageError(f"{facts.path} has no requirements.txt to create an environment from")
    count = counted(len(facts.requirements), "requirement")
    outside.narrator.step(f"Preparing the environment ({count})")
    makes_with_pip = options.environment_manager == "pip"
    environments = outside.pip_environments if makes_with_pip else outside.environments
    environment = environments.provide(environment_request(facts), offline=options.offline)
    for note in environment.notes:
        outside.narrator.note(note)
    outside.narrator.done(f"Environment ready on Python {environment.version}")
    return environment


@contextmanager
def _environment(
    facts: PackageFacts, options: VerifyOptions, outside: Outside
) -> Iterator[Environment]:
    manager = options.environment_manager
    check_tool(manager)
    environment = environment_for(facts, options, outside)
    if manager != "virtualenv":
        yield environment
        return
    with virtualenv_of(facts, environment, outside) as made:
        yield made


def _forward_pass(facts: PackageFacts, options: VerifyOptions, outside: Outside) -> Prediction:
    payload = options.payload and options.payload.absolute()
    _need_input(facts, payload, "--payload")
    with _environment(facts, options, outside) as environment:
        if options.environment_manager in _BY_MLFLOW:
            return predict_through(facts, payload, None, options, environment, outside)
        outside.narrator.step("Running the forward pass")
        with example_folder(facts) as folder:
            request = PredictRequest(package=facts.path, workdir=folder, payload=payload)
            prediction = prove(outside.models, environment, request, options.isolation)
    outside.narrator.done(predicted(prediction))
    return prediction


def _need_input(facts: PackageFacts, payload: Path | None, flag: str) -> None:
    """Raise ``UsageError`` where there is nothing to predict on, before anything is made."""
    if payload is None and not facts.has_example:
        raise UsageError(f"{facts.path} has no input example", hint=f"pass a file with {flag}")
    if payload is not None and not payload.is_file():
        raise UsageError(f"{payload} does not exist", hint=f"fix the path passed with {flag}")


def lock_beside(path: Path) -> Path | None:
    """Return the lock of the project that a package was built in, searching upward from it."""
    return lock_of(path)
