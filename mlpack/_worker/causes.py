"""What is behind a failure: a missing module, or an artifact that another version wrote."""

from __future__ import annotations

import difflib
import linecache
import os
import pickletools
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_MOVED_AWAY = {
    "pkg_resources": "setuptools 82 removed pkg_resources: add `setuptools<82` to `dependencies`",
    "distutils": "Python 3.12 removed distutils: add `setuptools` to `dependencies`, "
    "or use an older `python`",
    "sklearn": "add `scikit-learn` to `dependencies`",
    "cv2": "add `opencv-python-headless` to `dependencies`",
    "PIL": "add `pillow` to `dependencies`",
    "yaml": "add `pyyaml` to `dependencies`",
    "skimage": "add `scikit-image` to `dependencies`",
}


# What an agent's module imports, and the first MLflow that has it.
_SINCE = {
    "ResponsesAgent": "2.22",
    "mlflow.types.responses": "2.22",
    "ChatAgentChunk": "2.21",
    "ChatContext": "2.21",
}


def missing_agent(error: BaseException) -> tuple[str, str] | None:
    """Return the sentence and the way out where MLflow is too old for an agent."""
    said = str(error)
    name = next((name for name in _SINCE if f"'{name}'" in said), None)
    if name is None or not isinstance(error, (ImportError, AttributeError)) or "mlflow" not in said:
        return None
    import mlflow

    return (
        f"MLflow {mlflow.__version__} has no {name}.",
        f"require `mlflow>={_SINCE[name]}` and `pydantic>=2` in `dependencies`",
    )


def missing_module(error: ModuleNotFoundError, roots: list[str]) -> tuple[str, str]:
    """Return the sentence and the way out for a module that is not there."""
    name = error.name or "?"
    importer = _importer(error)
    top = name.partition(".")[0]
    if name.startswith("numpy._core") and not _is_imported(name, error):
        version = getattr(sys.modules.get("numpy"), "__version__", "here")
        return (
            f"NumPy {version} does not have {name}: "
            "NumPy 2 or later wrote the pickle that it reads.",
            "add `numpy>=2` to `dependencies`, or write the pickle again with the older NumPy",
        )
    if "." in name and _lies_in(top, roots):
        subject = f"{importer} imports {name}" if importer else f"The model's module is {name}"
        return f"{subject}, but {top} has no such module.", _spelling(name, roots)
    if importer:
        return f"{importer} imports {top}, which is not in its dependencies.", _way_out(top)
    return (
        f"Module {name} is neither in `code_paths` nor in the dependencies.",
        _spelling(name, roots),
    )


def _way_out(top: str) -> str:
    return _MOVED_AWAY.get(
        top,
        f"add the package that provides `{top}` to `dependencies`, or, if it is your own code, "
        "its file or folder to `code_paths`",
    )


def _is_imported(name: str, error: BaseException) -> bool:
    """Tell whether an import statement names the module; a pickle names it in its bytes alone."""
    return any(name in frame.f_code.co_names for frame, _ in traceback.walk_tb(error.__traceback__))


def _importer(error: ModuleNotFoundError) -> str | None:
    """Return the name of the module whose import statement failed; none if it was the worker."""
    frames = [
        frame
        for frame, _ in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith("<frozen")
        and frame.f_globals.get("__name__", "") != "importlib"
    ]
    name = str(frames[-1].f_globals.get("__name__", "")) if frames else ""
    if name.startswith("_mlpack_worker"):
        return None
    # MLflow gives the script that constructs the class a random module name.
    return None if name.startswith("code_model_") else name


def _lies_in(top: str, roots: list[str]) -> bool:
    return top in sys.modules or any(
        os.path.exists(os.path.join(root, top + ending))  # noqa: PTH110, PTH118
        for root in roots
        for ending in ("", ".py")
    )


def _spelling(name: str, roots: list[str]) -> str:
    parent, _, last = name.rpartition(".")
    folders = list(getattr(sys.modules.get(parent), "__path__", [])) if parent else roots
    there = sorted(module.name for module in pkgutil.iter_modules(folders))
    close = difflib.get_close_matches(last, there, n=1)
    prefix = f"{parent}." if parent else ""
    if close:
        return f"did you mean `{prefix}{close[0]}`?"
    if there:
        return "the available modules are " + ", ".join(f"`{prefix}{one}`" for one in there[:8])
    return "`model.class` is `module:Class`, the module as the package's code imports it"


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
