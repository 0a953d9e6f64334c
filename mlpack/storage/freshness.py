"""Whether anything that an answer depends on has moved since it was given, by stats alone.

Nothing here is imported that takes time: this is what a build with nothing to do costs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from hashlib import sha256

from mlpack.storage.stat import is_settled


def kept_answer(cache: str, question: Iterable[str]) -> str | None:
    """Return the answer kept for ``question``, unless a path that it depends on has moved."""
    try:
        with open(_place(cache, question), encoding="utf-8") as file:  # noqa: PTH123 - in a hurry
            kept = json.load(file)
        for path, stamp in kept["paths"].items():
            if _stamp(path) != stamp:
                return None
        return str(kept["answer"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def keep_answer(
    cache: str,
    question: Iterable[str],
    answer: str,
    paths: Iterable[str | os.PathLike[str]],
    *,
    begun: int,
) -> None:
    """Keep an answer that holds as long as ``paths``, files and folders, stay as they are.

    ``begun`` (ns) is when the answer was first looked for: not kept where a path moved since.
    """
    from pathlib import Path

    from mlpack.storage.atomic import write_whole

    stamps = {path: _stamp(path) for path in sorted({os.fspath(path) for path in paths})}
    if not all(is_settled(max(stamp[1], stamp[3]), begun) for stamp in stamps.values()):
        return
    place = Path(_place(cache, question))
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, json.dumps({"answer": answer, "paths": stamps}).encode())


def tree_paths(roots: Iterable[str | os.PathLike[str]]) -> set[str]:
    """Return files and folders, with all that lies below the folders."""
    found: set[str] = set()
    for path in roots:
        root = os.fspath(path)
        found.add(root)
        for folder, _, files in os.walk(root):
            found.add(folder)
            found.update(os.path.join(folder, name) for name in files)  # noqa: PTH118
    return found


def _stamp(path: str) -> list[int]:
    found = os.stat(path)  # noqa: PTH116
    return [found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns]


def _place(cache: str, question: Iterable[str]) -> str:
    name = sha256("\0".join(question).encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return os.path.join(cache, "answers", f"{name}.json")  # noqa: PTH118
