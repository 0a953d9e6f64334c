"""Whether a path leads to something, asked so that no name is too long (pathlib raises for some).

Names in a manifest, and in the code that it ships, are their writers'.
"""

# ruff: noqa: PTH112, PTH113

from __future__ import annotations

import os


def is_file(path: str | os.PathLike[str]) -> bool:
    """Tell whether ``path`` leads to a file."""
    return os.path.isfile(path)


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Tell whether ``path`` leads to a folder."""
    return os.path.isdir(path)
