"""The forward pass, by the worker or by MLflow's own tools, in a copy of the example's files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlpack.core.counting import counted
from mlpack.core.errors import ModelError, OutsideError, UsageError
from mlpack.package.contents import borrowed, carried, copy_content
from mlpack.package.reading import PackageFacts, read_package
from mlpack.ports import (
    Environment,
    EnvironmentRequest,
    Isolation,
    ModelRunner,
    Prediction,
    PredictRequest,
)
from mlpack.ports.outside import Outside
from mlpack.storage.staging import scratch_folder
from mlpack.storage.stat import changed_files, file_states
from mlpack.workflow.options import VerifyOptions


def environment_request(facts: PackageFacts) -> EnvironmentRequest:
    """Return the environment that a package asks for, read from the package alone."""
    lines, folders = carried(facts.path, facts.requirements)
    return EnvironmentRequest(
        requirements=lines,
        python=facts.python,
        links=tuple(folder.as_uri() for folder in folders),
        borrowed=borrowed(folders),
    )


@contextmanager
def example_folder(facts: PackageFacts) -> Iterator[Path]:
    """Yield a temporary copy of the package's example files, to be the working folder.

    A model that fails there is found in the package's own code.
    """
    with scratch_folder() as folder, _found_in(facts.path):
        if facts.example_files.is_dir():
            copy_content(facts.example_files, folder)
        yield folder


@contextmanager
def _found_in(package: Path) -> Iterator[None]:
    try:
        yield
    except ModelError as error:
        if error.span is not None:
            path = package / "code" / error.span.file
            here = Path.cwd()
            shown = path.relative_to(here) if path.is_relative_to(here) else path
            error.span = replace(error.span, file=str(shown))
        raise


def prove(
    models: ModelRunner, environment: Environment, request: PredictRequest, isolation: Isolation
) -> Prediction:
    """Run the forward pass; the package must be untouched afterwards.

    Raises ``ModelError`` when the model fails, or when it writes into its own package.
    """
    before = file_states(request.package)
    prediction = models.predict(environment, request, isolation)
    changed = changed_files(before, file_states(request.package))
    if changed:
        raise ModelError(
            f"the model changed its own package while predicting: {', '.join(changed[:3])}",
            hint="write to a temporary folder; on a server the package may be read-only",
        )
    return prediction


def predicted(prediction: Prediction) -> str:
    """Return what a narrator says of a forward pass."""
    said = f"Predicted {prediction.summary}"
    if prediction.serving == "same":
        return f"{said}, and MLflow's scoring server returns the same"
    return said if prediction.serving is None else f"{said}; serving: {prediction.serving}"


def package_at(path: Path) -> PackageFacts:
    """Read the MLflow model at ``path``, made absolute."""
    return read_package(path.absolute())


# Managers with which MLflow's own command predicts.
BY_MLFLOW = ("conda", "local")
# What each of MLflow's environment managers is made with.
_TOOLS = {"virtualenv": "pyenv", "conda": "conda"}


def check_tool(manager: str) -> None:
    """Raise ``OutsideError`` where the tool that a manager stands for is not installed."""
    tool = _TOOLS.get(manager)
    if (
        tool is None
        or shutil.which(tool)
        or (tool == "conda" and "MLFLOW_CONDA_HOME" in os.environ)
    ):
        return
    raise OutsideError(
        f"MLflow creates its {manager} environments with {tool}, which is not installed",
        hint=f"install {tool}, or use --env-manager uv",
    )


@contextmanager
def virtualenv_of(
    facts: PackageFacts, environment: Environment, outside: Outside
) -> Iterator[Environment]:
    """Yield the environment that ``mlflow models prepare-env`` makes with virtualenv.

    ``environment`` is where MLflow itself runs. Its predict command makes one too, but compiles a
    Python of its own for it each time.
    """
    outside.narrator.step("Running `mlflow models prepare-env --env-manager virtualenv`")
    with tempfile.TemporaryDirectory(prefix="mlpack-virtualenv-") as name:
        folder = Path(name).resolve()
        arguments = ["models", "prepare-env", "-m", str(facts.path), "--env-manager", "virtualenv"]
        outside.models.mlflow(
            environment, arguments, workdir=folder, variables={"MLFLOW_ENV_ROOT": str(folder)}
        )
        made = sorted(folder.glob("*/bin/python"))
        if not made:
            raise ModelError("`mlflow models prepare-env` created no environment")
        outside.narrator.done("Environment ready, created by MLflow")
        yield Environment(python=made[0], version=facts.python)


def need_input(facts: PackageFacts, payload: Path | None, flag: str) -> None:
    """Raise ``UsageError`` where there is nothing to predict on, before anything is made."""
    if payload is None and not facts.has_example:
        raise UsageError(f"{facts.path} has no input example", hint=f"pass a file with {flag}")
    if payload is not None and not payload.is_file():
        raise UsageError(f"{payload} does not exist", hint=f"fix the path passed with {flag}")


def _environment_for(facts: PackageFacts, options: VerifyOptions, outside: Outside) -> Environment:
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
def package_environment(
    facts: PackageFacts, options: VerifyOptions, outside: Outside
) -> Iterator[Environment]:
    """Yield the environment that the chosen manager makes from the package."""
    manager = options.environment_manager
    check_tool(manager)
    environment = _environment_for(facts, options, outside)
    if manager != "virtualenv":
        yield environment
        return
    with virtualenv_of(facts, environment, outside) as made:
        yield made


def predict_through(
    facts: PackageFacts,
    payload: Path | None,
    output: Path | None,
    options: VerifyOptions,
    environment: Environment,
    outside: Outside,
    *,
    form: str | None = None,
) -> Prediction:
    """Let ``mlflow models predict`` answer ``payload``, or the package's own serving example.

    ``form`` of the payload is ``csv`` or ``json``; without it its name tells.
    """
    manager = options.environment_manager
    asked = payload or facts.path / "serving_input_example.json"
    if not asked.is_file():
        raise UsageError(f"{asked} does not exist", hint="pass another input")
    outside.narrator.step(f"Running `mlflow models predict --env-manager {manager}`")
    started = outside.clock()
    with example_folder(facts) as folder, tempfile.TemporaryDirectory() as name:
        answer = Path(name).resolve() / "answer.json"
        arguments = ["models", "predict", "-m", str(facts.path), "--env-manager", manager]
        arguments += ["-i", str(asked.absolute()), "-o", str(answer)]
        arguments += ["-t", "csv"] if (form or asked.suffix.lstrip(".")) == "csv" else []
        outside.models.mlflow(
            environment,
            arguments,
            workdir=folder if payload is None else Path.cwd(),
            # conda's environments are made in the caller's own surroundings.
            isolation=options.isolation if manager == "local" else None,
        )
        text = answer.read_text(encoding="utf-8").strip() if answer.is_file() else ""
    if not text:
        raise ModelError(f"`mlflow models predict --env-manager {manager}` returned no predictions")
    if output is not None:
        output.write_text(f"{text}\n", encoding="utf-8")
    outside.narrator.done("Predicted through MLflow")
    return _through_mlflow(text, outside.clock() - started)


def _through_mlflow(text: str, seconds: float) -> Prediction:
    return Prediction(
        summary=f"{len(text)} characters of JSON through MLflow",
        preview=text[:200],
        load_seconds=0.0,
        predict_seconds=seconds,
        peak_memory=0,
        serving=None,
    )
