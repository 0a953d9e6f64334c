"""Environments for tests that need a package which mlpack itself does not use."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock
from uv import find_uv_bin


def throwaway_environment(cache: Path, requirements: Sequence[str]) -> Path:
    """Return the interpreter of an environment holding ``requirements``, made once a test run."""
    uv = find_uv_bin()
    key = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()[:16]
    folder = cache / "throwaway" / key
    python, finished = folder / "bin" / "python", folder / ".finished"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not finished.exists():
            shutil.rmtree(folder, ignore_errors=True)
            for command in (
                [uv, "venv", "--quiet", "--no-project", "--python", sys.executable, folder],
                [uv, "pip", "install", "--quiet", "--python", python, *requirements],
            ):
                subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
            finished.touch()
    return python
