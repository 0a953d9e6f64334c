"""What a tool said when it failed: its last lines for the terminal, all of it in a file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from mlpack.errors import MlpackError

LAST_LINES = 20


def shortened(error: MlpackError, folder: Path | None) -> MlpackError:
    """Return ``error`` with the last lines of its details, and where the whole is, if it is long.

    The whole goes to a new file in ``folder``; without one, or where it cannot be written, the
    details stay as they are.
    """
    lines = (error.details or "").splitlines()
    if folder is None or len(lines) <= LAST_LINES:
        return error
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="uv-", suffix=".log", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{error.details}\n")
    except OSError:
        return error
    where = f"the whole output is in {name}"
    return type(error)(
        error.message,
        hint=f"{error.hint}; {where}" if error.hint else where,
        problems=error.problems,
        details="\n".join(lines[-LAST_LINES:]),
    )
