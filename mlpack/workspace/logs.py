"""Whole logs of steps that failed, below the cache folder."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

KEPT = 40
"""So many logs; older ones are removed."""


def log_folder(cache: Path) -> Path:
    """Return where logs are kept, the oldest ones of too many removed."""
    folder = cache / "logs"
    with contextlib.suppress(OSError):
        newest = sorted(folder.glob("*.log"), key=os.path.getmtime, reverse=True)
        for path in newest[KEPT:]:
            path.unlink(missing_ok=True)
    return folder
