"""Bytecode that a program leaves in a package when it loads it: no part of the package."""

from __future__ import annotations

from pathlib import PurePosixPath

from mlpack.digest import TreeDigest, root_digest
from mlpack.errors import Problem

_FOLDER = "__pycache__"


def without_caches(tree: TreeDigest) -> TreeDigest:
    """Return the tree as it was before a program loaded the package."""
    kept = [file for file in tree.files if not is_cache(file.path)]
    return tree if len(kept) == len(tree.files) else root_digest(kept)


def cache_warnings(tree: TreeDigest) -> tuple[Problem, ...]:
    """Name each folder of bytecode in a tree."""
    folders = sorted({file.path.parent for file in tree.files if is_cache(file.path)})
    return tuple(
        Problem(
            code="loader-cache",
            severity="warning",
            message=f"{folder} was left by a program that loaded the package",
            hint="remove it: it is no part of the package, and nothing says what it should hold",
        )
        for folder in folders
    )


def is_cache(path: PurePosixPath) -> bool:
    """Tell whether a path in a package is bytecode that CPython wrote on loading."""
    # CPython writes `<name>.pyc.<number>` first and then renames it.
    return path.parent.name == _FOLDER and ".pyc" in path.suffixes
