"""The environment that is active in the caller's shell."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from mlpack.errors import OutsideError
from mlpack.ports import Environment


def current_environment() -> Environment:
    """Return the active virtual environment. Raises ``OutsideError`` where there is none."""
    prefix = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    python = Path(prefix or "") / "bin" / "python"
    if not prefix or not python.is_file():
        raise OutsideError(
            "no virtual environment is active",
            hint="activate the model's environment, or build without --env current",
        )
    script = "import platform; print(platform.python_version())"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OutsideError(f"{python} does not run", hint="make the environment again")
    return Environment(python=python, version=done.stdout.strip())
