"""Where mlpack keeps what it can make again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_root() -> Path:
    """Return ``MLPACK_CACHE_DIR``, or the platform's cache folder for mlpack."""
    if chosen := os.environ.get("MLPACK_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_cache_dir("mlpack", appauthor=False))
