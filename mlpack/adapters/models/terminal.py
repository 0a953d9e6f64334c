"""A command of the user's inside an environment, on this terminal."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from mlpack.adapters.models.cleanroom import path_with
from mlpack.core.errors import OutsideError
from mlpack.ports import Environment


def run_on_terminal(environment: Environment, argv: Sequence[str], *, workdir: Path) -> int:
    """Run ``argv`` with the environment's programs first; return its exit status.

    Raises ``OutsideError`` where there is no such program.
    """
    variables = {k: v for k, v in os.environ.items() if k != "PYTHONHOME"}
    variables["PATH"] = path_with(environment.python, os.environ)
    variables["VIRTUAL_ENV"] = str(environment.python.parent.parent)
    program = shutil.which(argv[0], path=variables["PATH"])
    if program is None:
        raise OutsideError(
            f"the command {argv[0]} is neither in the environment nor on PATH",
            hint="add the package that provides it to `dependencies`",
        )
    return _on_terminal([program, *argv[1:]], variables, workdir)


def _on_terminal(argv: list[str], variables: dict[str, str], workdir: Path) -> int:
    try:
        child = subprocess.Popen(argv, env=variables, cwd=workdir)
    except OSError as error:
        raise OutsideError(f"{argv[0]} cannot be started: {error}") from error
    while True:
        # The terminal sends its interrupt to the command too, which decides what becomes of it.
        with contextlib.suppress(KeyboardInterrupt):
            status = child.wait()
            return 128 - status if status < 0 else status
