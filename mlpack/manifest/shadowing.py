"""Code paths that have the name of a module of Python's own, or of a package that is installed."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.document import join
from mlpack.errors import Problem, Related
from mlpack.manifest import classref
from mlpack.manifest.existence import is_file, is_folder
from mlpack.manifest.known_imports import distributions, in_standard_library
from mlpack.manifest.provided import normal, provided
from mlpack.manifest.sources import find_class, of
from mlpack.manifest.view import View


def check(view: View) -> Iterator[Problem]:
    """Yield each name that two modules share: one of them is not found."""
    if "model" not in view.keys:
        return
    model = classref.parse(view).module
    for top in sorted(of(view).tops()):
        owner = _owner(view, top) if _is_module(view, top) else None
        if owner is None:
            continue
        hint = f"Rename it, to `{top}_model` perhaps, and correct its imports."
        if model.partition(".")[0] == top:
            at = "/model/class" if isinstance(view.keys["model"], dict) else "/model"
            message = f"`import {model}` does not find the class's module: `{top}` is {owner}"
            yield view.problem("shadowed-name", message, at=at, hint=hint)
        else:
            message = f"`{top}` in the code is also {owner}: `import {top}` finds one of them only"
            yield view.problem(
                "shadowed-name",
                message,
                at=_at(view, top),
                hint=hint,
                severity="warning",
                related=_imports(view, top),
            )


def _owner(view: View, top: str) -> str | None:
    if in_standard_library(top, str(view.keys.get("python", ""))):
        return "a module of Python's own"
    offered = provided(view)
    names = offered.names if offered else frozenset()
    found = next((name for name in (*distributions(top), top) if normal(name) in names), None)
    return f"a module of the package `{normal(found)}`" if found else None


def _is_module(view: View, top: str) -> bool:
    """Tell whether a code path of this name can be imported: the whole project holds others."""
    return any(
        is_file(f"{view.root / path}")
        or (is_folder(view.root / path) and any((view.root / path).rglob("*.py")))
        for path in _paths(view, top)
    )


def _paths(view: View, top: str) -> Iterator[str]:
    for path in of(view).code_paths:
        if path.name == "":
            yield from (top, f"{top}.py")
        elif path.name in (top, f"{top}.py"):
            yield str(path)


def _at(view: View, top: str) -> str:
    for index, text in enumerate(view.keys.get("code_paths", ())):
        if text.rstrip("/").rpartition("/")[2] in (top, f"{top}.py", "."):
            return join("/code_paths", index)
    return "/code_paths"


def _imports(view: View, top: str) -> tuple[Related, ...]:
    """Return where the class's code imports the name first."""
    found = find_class(view)
    modules = found.reached.modules.values() if found else ()
    return tuple(
        Related(message="imported here", span=each.span)
        for module in modules
        for each in module.imports
        if each.module.partition(".")[0] == top
    )[:1]
