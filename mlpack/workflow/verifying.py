"""The story of a package met again: is it what it should be, and does it still predict."""

from __future__ import annotations

from pathlib import Path

from mlpack.digest import tree_digest
from mlpack.errors import IntegrityError, ModelError, Problem, UsageError
from mlpack.lock.model import Lock
from mlpack.package.reading import PackageFacts
from mlpack.ports import Environment, Prediction, PredictRequest
from mlpack.report import VerifyReport
from mlpack.workflow.forward import environment_request, example_folder, package_at, prove
from mlpack.workflow.options import VerifyOptions
from mlpack.workflow.outside import Outside


def verify(
    path: Path, options: VerifyOptions, outside: Outside, *, lock: Lock | None = None
) -> VerifyReport:
    """Compare a package's digest with the lock's or the given one, then run its forward pass."""
    facts = package_at(path)
    outside.narrator.step("Hashing the package")
    warnings = _left_by_loaders(facts.path)
    digest = tree_digest(facts.path).digest
    expected, source = _expected(facts, options, lock)
    if expected is not None and digest != expected:
        raise IntegrityError(
            f"{path} has {digest}, but {source} says {expected}",
            hint=warnings[0].message if warnings else "restore the package, or build it again",
        )
    outside.narrator.done(f"{digest}")
    prediction = _forward_pass(facts, options, outside) if options.predict else None
    return VerifyReport(
        package=facts.path,
        digest=digest,
        compared_with=source,
        prediction=prediction,
        warnings=warnings,
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


def _expected(
    facts: PackageFacts, options: VerifyOptions, lock: Lock | None
) -> tuple[str | None, str | None]:
    if options.digest is not None:
        return options.digest, "--digest"
    origin = facts.origin
    if lock is None or origin is None:
        return None, None
    output = lock.outputs.get(str(origin.get("variant", "")))
    return (output.package, "the lock") if output else (None, None)


def _left_by_loaders(package: Path) -> tuple[Problem, ...]:
    caches = sorted(package.rglob("__pycache__"))
    return tuple(
        Problem(
            code="loader-cache",
            severity="warning",
            message=f"{cache.relative_to(package)} was left by a program that loaded the package",
            hint="remove it: it is not part of the package",
        )
        for cache in caches
    )


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
    """Return the lock of the project that a package lies in, searching upward; ``None`` if none."""
    for folder in path.absolute().parents:
        if (folder / "mlpack.lock").is_file():
            return folder / "mlpack.lock"
    return None
