"""The story of a package met again: is it what it should be, and does it still predict."""

from __future__ import annotations

from pathlib import Path

from mlpack.errors import ModelError, UsageError
from mlpack.lock.model import Lock
from mlpack.package.reading import PackageFacts
from mlpack.ports import Environment, Prediction, PredictRequest
from mlpack.report import VerifyReport
from mlpack.workflow.forward import environment_request, example_folder, package_at, prove
from mlpack.workflow.integrity import check_integrity, lock_of
from mlpack.workflow.options import VerifyOptions
from mlpack.workflow.outside import Outside


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
        warnings=found.warnings,
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
    environment = environment_for(facts, options, outside)
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
        raise UsageError(f"{facts.path} has no requirements.txt to make an environment from")
    outside.narrator.step(f"Preparing the environment ({len(facts.requirements)} requirements)")
    makes_with_pip = options.environment_manager == "pip"
    environments = outside.pip_environments if makes_with_pip else outside.environments
    environment = environments.provide(environment_request(facts), offline=options.offline)
    for note in environment.notes:
        outside.narrator.note(note)
    outside.narrator.done(f"Environment ready on Python {environment.version}")
    return environment


def _forward_pass(facts: PackageFacts, options: VerifyOptions, outside: Outside) -> Prediction:
    environment = environment_for(facts, options, outside)
    if options.environment_manager in ("virtualenv", "conda", "local"):
        return _with_mlflow(facts, options, outside, environment)
    outside.narrator.step("Running the forward pass")
    with example_folder(facts) as folder:
        request = PredictRequest(
            package=facts.path,
            workdir=folder,
            payload=options.payload and options.payload.absolute(),
        )
        prediction = prove(outside.models, environment, request, options.isolation)
    outside.narrator.done(f"Predicted {prediction.summary}")
    return prediction


def _with_mlflow(
    facts: PackageFacts, options: VerifyOptions, outside: Outside, environment: Environment
) -> Prediction:
    """Let MLflow's own command make the environment and predict."""
    manager = options.environment_manager
    payload = options.payload or facts.path / "serving_input_example.json"
    if not payload.is_file():
        raise UsageError(f"{facts.path} has no serving example", hint="give one with --payload")
    outside.narrator.step(f"Running `mlflow models predict --env-manager {manager}`")
    with example_folder(facts) as folder:
        answer = folder / ".mlpack-answer.json"
        argv = [str(environment.python), "-m", "mlflow", "models", "predict", "-m", str(facts.path)]
        argv += ["--env-manager", manager, "-i", str(payload.absolute()), "-o", str(answer)]
        started = outside.clock()
        status = outside.models.command(environment, argv, workdir=folder)
        if status != 0 or not answer.is_file():
            raise ModelError(
                f"`mlflow models predict --env-manager {manager}` failed with status {status}"
            )
        text = answer.read_text(encoding="utf-8").strip()
    return Prediction(
        summary=f"{len(text)} characters of JSON through MLflow",
        preview=text[:200],
        load_seconds=0.0,
        predict_seconds=outside.clock() - started,
        peak_memory=0,
    )


def lock_beside(path: Path) -> Path | None:
    """Return the lock of the project that a package was built in, searching upward from it."""
    return lock_of(path)
