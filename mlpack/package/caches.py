"""What programs leave in a package that they load or download: no part of the package."""

from __future__ import annotations

from pathlib import PurePosixPath

from mlpack.digest import TreeDigest, root_digest
from mlpack.errors import Problem

_FOLDER = "__pycache__"
# MLflow's client writes it beside what it downloads by `models:/name/version`.
_REGISTRY = PurePosixPath("registered_model_meta")
_DID = {False: "loaded", True: "downloaded"}


def without_caches(tree: TreeDigest) -> TreeDigest:
    """Return the tree as it was before a program loaded or downloaded the package."""
    kept = [file for file in tree.files if not is_cache(file.path)]
    return tree if len(kept) == len(tree.files) else root_digest(kept)


def cache_warnings(tree: TreeDigest) -> tuple[Problem, ...]:
    """Name each folder of bytecode in a tree, and what a registry's client left."""
    left = (file.path for file in tree.files if is_cache(file.path))
    places = sorted({path if path == _REGISTRY else path.parent for path in left})
    return tuple(
        Problem(
            code="loader-cache",
            severity="warning",
            message=f"{place} was left by a program that {_DID[place == _REGISTRY]} the package",
            hint="remove it: it is no part of the package, and nothing says what it should hold",
        )
        for place in places
    )


def is_cache(path: PurePosixPath) -> bool:
    """Tell whether a path in a package was left by who loaded or downloaded it."""
    if path == _REGISTRY:
        return True
    # CPython writes `<name>.pyc.<number>` first and then renames it.
    return path.parent.name == _FOLDER and ".pyc" in path.suffixes
