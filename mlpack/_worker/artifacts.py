"""Which artifact a failure was reading, and what wrote it, as far as a pickle says."""

from __future__ import annotations

import linecache
import os
import pickletools
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_READERS = ("pickle", "joblib", "cloudpickle", "dill", "torch")
# A longer one would take seconds to look through.
_LONGEST = 256 * 1024 * 1024


def artifact_read(error: BaseException, request: dict[str, Any], said: str) -> str | None:
    """Return a sentence on the pickled artifact whose reading failed, or ``None``.

    ``said`` is the sentence before it, which may have told what wrote the pickle.
    """
    if request.get("task") != "predict":
        return None
    steps = list(traceback.walk_tb(error.__traceback__))[::-1]
    if not any(_is_reading(frame, line) for frame, line in steps):
        return None
    places = _places(request["package"])
    for path in (path for frame, _ in steps for path in _paths(frame)):
        for name, place in places.items():
            if path == place or place in path.parents:
                return _sentence(name, path, request["package"], said)
    return None


def writers(path: Path) -> list[str]:
    """Return what a pickle says wrote it, such as ``scikit-learn 1.7.2``; nothing is loaded."""
    found: dict[str, None] = {}
    last = ""
    try:
        if path.stat().st_size > _LONGEST:
            return []
        with path.open("rb") as stream:
            for _, argument, _ in pickletools.genops(stream):
                if isinstance(argument, str):
                    if last == "_sklearn_version":
                        found[f"scikit-learn {argument}"] = None
                    if argument.startswith("numpy._core"):
                        found["NumPy 2 or later"] = None
                    last = argument
    except (OSError, ValueError, UnicodeDecodeError):
        # Not a pickle, or one with bare arrays between its opcodes, as joblib writes them.
        return list(found)
    return list(found)


def _sentence(name: str, path: Path, package: str, said: str) -> str:
    place = path.relative_to(Path(package).resolve()).as_posix()
    by = " and ".join(each for each in writers(path) if each not in said)
    written = f", written by {by}" if by else ""
    return f"This happened while reading the artifact `{name}` ({place} in the package){written}."


def _is_reading(frame: FrameType, number: int) -> bool:
    """Tell whether a frame unpickles: C code has no frame of its own, but its caller's line has."""
    module = str(frame.f_globals.get("__name__", ""))
    line = linecache.getline(frame.f_code.co_filename, number)
    return module.partition(".")[0] in _READERS or (
        "load(" in line if line else "load" in frame.f_code.co_names
    )


def _places(package: str) -> dict[str, Path]:
    from mlflow.models import Model

    flavor = Model.load(package).flavors.get("python_function", {})
    root = Path(package).resolve()
    return {name: root / each["path"] for name, each in (flavor.get("artifacts") or {}).items()}


def _paths(frame: FrameType) -> Iterator[Path]:
    """Yield the paths among a frame's variables, and those of its open files."""
    for value in list(frame.f_locals.values()):
        named = getattr(value, "name", None) if hasattr(value, "read") else value
        if isinstance(named, (str, os.PathLike)) and str(named).startswith(os.sep):
            yield Path(named).resolve()
