"""A package through MLflow's own tools: its environment managers, its predict command."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpack.errors import ModelError, OutsideError, UsageError
from mlpack.package.reading import PackageFacts
from mlpack.ports import Environment, Prediction
from mlpack.workflow.forward import example_folder
from mlpack.workflow.options import VerifyOptions
from mlpack.workflow.outside import Outside

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
        f"MLflow makes its {manager} environments with {tool}, which is not installed",
        hint=f"install {tool}, or take --env-manager uv",
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
            raise ModelError("`mlflow models prepare-env` made no environment")
        outside.narrator.done("Environment ready, made by MLflow")
        yield Environment(python=made[0], version=facts.python)


def predict_through(
    facts: PackageFacts,
    payload: Path | None,
    output: Path | None,
    options: VerifyOptions,
    environment: Environment,
    outside: Outside,
) -> Prediction:
    """Let ``mlflow models predict`` answer ``payload``, or the package's own serving example."""
    manager = options.environment_manager
    asked = payload or facts.path / "serving_input_example.json"
    if not asked.is_file():
        raise UsageError(f"{asked} is not there to predict with", hint="give another input")
    outside.narrator.step(f"Running `mlflow models predict --env-manager {manager}`")
    started = outside.clock()
    with example_folder(facts) as folder, tempfile.TemporaryDirectory() as name:
        answer = Path(name).resolve() / "answer.json"
        arguments = ["models", "predict", "-m", str(facts.path), "--env-manager", manager]
        arguments += ["-i", str(asked.absolute()), "-o", str(answer)]
        arguments += ["-t", "csv"] if asked.suffix == ".csv" else []
        outside.models.mlflow(
            environment,
            arguments,
            workdir=folder if payload is None else Path.cwd(),
            # conda's environments are made in the caller's own surroundings.
            isolation=options.isolation if manager == "local" else None,
        )
        text = answer.read_text(encoding="utf-8").strip() if answer.is_file() else ""
    if not text:
        raise ModelError(f"`mlflow models predict --env-manager {manager}` wrote no answer")
    if output is not None:
        output.write_text(f"{text}\n", encoding="utf-8")
    seconds = outside.clock() - started
    outside.narrator.done("Predicted through MLflow")
    return Prediction(
        summary=f"{len(text)} characters of JSON through MLflow",
        preview=text[:200],
        load_seconds=0.0,
        predict_seconds=seconds,
        peak_memory=0,
        serving=None,
    )
