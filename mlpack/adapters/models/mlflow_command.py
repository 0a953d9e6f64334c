"""MLflow's own command line, run quietly: nothing on this terminal but what it failed with."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlpack.adapters.models.cleanroom import clean_environment, path_with
from mlpack.adapters.models.verdict import last_lines
from mlpack.core.errors import ModelError, OutsideError
from mlpack.core.process import run_child
from mlpack.ports import Environment, Isolation

# Making an environment may compile, and downloads gigabytes.
_PREPARING = 3600.0


def run_mlflow(
    environment: Environment,
    arguments: Sequence[str],
    *,
    room: Path,
    workdir: Path,
    isolation: Isolation | None,
    variables: Mapping[str, str],
) -> None:
    """Run ``mlflow ARGUMENTS``, in a clean room where ``isolation`` says what user code may see.

    Raises ``ModelError`` with the last lines, ``OutsideError`` where it cannot be started.
    """
    if isolation is not None:
        known = clean_environment(
            python=environment.python,
            home=room / "home",
            temporary=room / "tmp",
            isolation=isolation,
            caller=os.environ,
        )
    else:
        path = path_with(environment.python, os.environ)
        quiet = {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        known = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | quiet
    log = room / "log.txt"
    argv = [str(environment.python), "-m", "mlflow", *arguments]
    try:
        ended = run_child(
            argv,
            env={**known, **variables},
            cwd=workdir,
            log=log,
            timeout=isolation.timeout if isolation else _PREPARING,
        )
    except OSError as error:
        raise OutsideError(f"the model's interpreter cannot be started: {error}") from error
    if ended.status != 0:
        output = log.read_text(encoding="utf-8", errors="replace")
        how = "did not finish in time" if ended.timed_out else f"failed with status {ended.status}"
        shown = " ".join(arguments[:2])
        raise ModelError(f"`mlflow {shown}` {how}", details=last_lines(output, "") or None)
