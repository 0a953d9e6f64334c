"""What the class's code imports: who provides each module, and which code path shadows another."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.core.errors import Problem, Related, Severity
from mlpack.core.files import is_file, is_folder
from mlpack.manifest.code import Import, ModuleFacts
from mlpack.manifest.document import join
from mlpack.manifest.rules import class_reference
from mlpack.manifest.rules.modules import Found, find_class, of
from mlpack.manifest.rules.packages import (
    Provided,
    came_with_python,
    distributions,
    in_standard_library,
    left_with_python,
    normal,
    provided,
)
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View


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
        message=f"Cannot find the module `{each.module}` in {where}",
        span=each.span,
        hint=f"Did you mean `{near}`?" if near else "Fix the import, or add the file.",
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
        message = f"`{top}` was removed in Python {version}"
        return _warning(
            "left-python",
            message,
            each,
            f"Replace it, or set `python` to a version below {version}.",
        )
    if version := came_with_python(top, python):
        message = f"`{top}` was added in Python {version}, but the model uses {python}"
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
    held = "locked package" if offered.complete else "requirement"
    wanted = names[0] if names else top
    silence = (
        " If another package provides it, add `# mlpack: ignore[unknown-import]` to that line."
    )
    hint = f"Add `{wanted}` to `dependencies`."
    return Problem(
        code="unknown-import",
        message=f"The code imports `{top}`, but no {held} provides it",
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
        message=f"The code imports `{place}`, which is not in `code_paths`",
        span=each.span,
        hint=f"Add `{place}` to `code_paths`.",
        severity=_severity(found, module, each),
    )


def _warning(code: str, message: str, each: Import, hint: str) -> Problem:
    return Problem(code=code, message=message, span=each.span, hint=hint, severity="warning")


def check_shadowing(view: View) -> Iterator[Problem]:
    """Yield each name that two modules share: one of them is not found."""
    if not view.has_class:
        return
    model = class_reference.parse(view).module
    for top in sorted(of(view).tops()):
        owner = _owner(view, top) if _is_module(view, top) else None
        if owner is None:
            continue
        hint = f"Rename it, such as to `{top}_model`, and update its imports."
        if model.partition(".")[0] == top:
            at = "/model/class" if isinstance(view.keys["model"], dict) else "/model"
            message = f"`import {model}` does not find the class's module: `{top}` is {owner}"
            yield view.problem("shadowed-name", message, at=at, hint=hint)
        else:
            message = f"`{top}` in the code is also {owner}: `import {top}` finds only one of them"
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
        return "a module of the standard library"
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
