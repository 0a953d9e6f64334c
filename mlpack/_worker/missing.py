"""What a missing module means for the author: another dependency, code path, or spelling."""

from __future__ import annotations

import difflib
import os
import pkgutil
import sys
import traceback

_MOVED_AWAY = {
    "pkg_resources": "setuptools has no pkg_resources from version 82 on: add `setuptools<82` to "
    "`dependencies`",
    "distutils": "Python has no distutils from 3.12 on: add `setuptools` to `dependencies`, or "
    "declare an older `python`",
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
        f"ask for `mlflow>={_SINCE[name]}`, and `pydantic>=2`, in `dependencies`",
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
        return f"{importer} imports {top}, which its dependencies do not have.", _way_out(top)
    return (
        f"There is no module {name}, neither in `code_paths` nor in the dependencies.",
        _spelling(name, roots),
    )


def _way_out(top: str) -> str:
    return _MOVED_AWAY.get(
        top,
        f"add the package that has `{top}` to `dependencies`, or, if it is your own code, "
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
        return "the modules there are " + ", ".join(f"`{prefix}{one}`" for one in there[:8])
    return "`model.class` is `module:Class`, the module as the package's code imports it"
