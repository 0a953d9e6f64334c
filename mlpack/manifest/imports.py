"""Imports of the class's code: who provides each of them."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.code import Import, ModuleFacts
from mlpack.errors import Problem, Severity
from mlpack.manifest.existence import is_file, is_folder
from mlpack.manifest.known_imports import (
    came_with_python,
    distributions,
    in_standard_library,
    left_with_python,
)
from mlpack.manifest.provided import Provided, provided
from mlpack.manifest.sources import Found, find_class
from mlpack.manifest.view import View
from mlpack.schema import closest


def check(view: View) -> Iterator[Problem]:
    """Yield imports that neither the code, Python nor the requirements provide.

    Only what the class's module imports, directly or through others, is judged; imports that may
    fail are not. An error is what is certain to fail.
    """
    found = find_class(view)
    if found is None:
        return
    offered, tops = provided(view), found.sources.tops()
    told: set[str] = set()
    for module in found.reached.modules.values():
        for each in module.imports:
            top = each.module.partition(".")[0]
            if not top or each.guarded or each.conditional or each.type_checking:
                continue
            problem = (
                _local(found, module, each)
                if top in tops
                else _foreign(view, found, module, each, offered)
            )
            key = each.module if top in tops else top
            if problem is not None and key not in told:
                told.add(key)
                yield problem


def _severity(found: Found, module: ModuleFacts, each: Import) -> Severity:
    certain = not each.nested and module.module in found.reached.surely
    return "error" if certain else "warning"


def _local(found: Found, module: ModuleFacts, each: Import) -> Problem | None:
    if found.sources.has(each.module):
        return None
    near = closest(each.module, found.sources.siblings(each.module))
    parent = each.module.rpartition(".")[0]
    where = f"`{parent}`" if parent else "the code paths"
    return Problem(
        code="missing-import",
        message=f"There is no module `{each.module}` in {where}",
        span=each.span,
        hint=f"Did you mean `{near}`?" if near else "Correct the import, or add the file.",
        severity=_severity(found, module, each),
    )


def _foreign(
    view: View, found: Found, module: ModuleFacts, each: Import, offered: Provided | None
) -> Problem | None:
    top = each.module.partition(".")[0]
    python = str(view.keys.get("python", ""))
    if in_standard_library(top, python) or offered is None or offered.may_bring(top):
        return None
    if place := _beside(view, top):
        return _not_shipped(found, module, each, place)
    if version := left_with_python(top, python):
        message = f"`{top}` is not part of Python any more, from {version} on"
        return _warning(
            "left-python", message, each, f"Replace it, or set `python` below {version}."
        )
    if version := came_with_python(top, python):
        message = f"`{top}` comes with Python {version}, and the model has {python}"
        return _warning(
            "left-python", message, each, f'Set `python: "{version}"`, or add a backport.'
        )
    return _unprovided(found, module, each, offered)


def _unprovided(
    found: Found, module: ModuleFacts, each: Import, offered: Provided
) -> Problem | None:
    top = each.module.partition(".")[0]
    names = distributions(top)
    severity: Severity = "warning"
    if offered.complete and names:
        severity = _severity(found, module, each)
    held = "the lock holds nothing" if offered.complete else "no requirement names anything"
    wanted = names[0] if names else top
    silence = " If another one brings it, write `# mlpack: ignore[unknown-import]` there."
    hint = f"Add `{wanted}` to `dependencies`."
    return Problem(
        code="unknown-import",
        message=f"The code imports `{top}`, and {held} that provides it",
        span=each.span,
        hint=hint if severity == "error" else hint + silence,
        severity=severity,
    )


def _beside(view: View, top: str) -> str | None:
    """Return where a module of this name lies in the project, outside of the code paths."""
    for folder in ("", "src/"):
        place = view.root / folder / top
        if is_file(place.with_name(f"{top}.py")):
            return f"{folder}{top}.py"
        if is_folder(place) and any(place.glob("*.py")):
            return f"{folder}{top}"
    return None


def _not_shipped(found: Found, module: ModuleFacts, each: Import, place: str) -> Problem:
    return Problem(
        code="import-not-shipped",
        message=f"The code imports `{place}`, which no code path ships",
        span=each.span,
        hint=f"Add `{place}` to `code_paths`.",
        severity=_severity(found, module, each),
    )


def _warning(code: str, message: str, each: Import, hint: str) -> Problem:
    return Problem(code=code, message=message, span=each.span, hint=hint, severity="warning")
