"""Where everything is inside a package, and what programs leave in it that is not part of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from mlpack.core.digest import TreeDigest, root_digest
from mlpack.core.errors import Problem

ARTIFACTS = PurePosixPath("artifacts")
CODE = PurePosixPath("code")
EXAMPLE_FILES = PurePosixPath("input_example")


def artifact_places(sources: Mapping[str, PurePosixPath]) -> dict[str, PurePosixPath]:
    """Return where each named artifact lies in the package, as MLflow itself would lay it.

    A source goes to ``artifacts/<its own name>``; sources that share a name go to
    ``artifacts/0/<name>``, ``artifacts/1/<name>``… in the order given; names of one source
    share one place.
    """
    distinct = list(dict.fromkeys(sources.values()))
    shared = {name for name, count in Counter(path.name for path in distinct).items() if count > 1}
    numbers = _free_numbers(path.name for path in distinct if path.name not in shared)
    places = {
        path: ARTIFACTS / next(numbers) / path.name
        if path.name in shared
        else ARTIFACTS / path.name
        for path in distinct
    }
    return {name: places[path] for name, path in sources.items()}


def remote_name(uri: str) -> str:
    """Return the name of a remote artifact in a package: the last part of its URI's path.

    What is not a plain character of a file's name becomes `_`; a hub's repository goes by its name.
    """
    parts = urlsplit(uri)
    last = unquote(parts.path.rstrip("/").rpartition("/")[2])
    if parts.scheme == "hf":
        last = last.partition("@")[0]
    return re.sub(r"[^A-Za-z0-9._+-]", "_", last).lstrip(".")[-100:] or "artifact"


def _free_numbers(taken: Iterable[str]) -> Iterator[str]:
    occupied = set(taken)
    number = 0
    while True:
        if str(number) not in occupied:
            yield str(number)
        number += 1


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
            hint="remove it: it is not part of the package, and mlpack cannot check it",
        )
        for place in places
    )


def is_cache(path: PurePosixPath) -> bool:
    """Tell whether a path in a package was left by who loaded or downloaded it."""
    if path == _REGISTRY:
        return True
    # CPython writes `<name>.pyc.<number>` first and then renames it.
    return path.parent.name == _FOLDER and ".pyc" in path.suffixes
