"""The model's class: how it is named, constructed and found in the code.

Files are asked for through ``os.path``, which takes any name: pathlib raises for long ones.
"""

# ruff: noqa: PTH110

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from mlpack.core.errors import Problem
from mlpack.core.files import is_file, is_folder
from mlpack.manifest.document import join
from mlpack.manifest.fields import ModelClass
from mlpack.manifest.rules.paths import check_path
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View


def parse(view: View) -> ModelClass:
    """Return the class and its construction."""
    written = view.keys["model"]
    if isinstance(written, str):
        written = {"class": written}
    module, _, qualname = written["class"].partition(":")
    return ModelClass(
        module=module,
        qualname=qualname,
        init=written.get("init", {}),
        init_from=written.get("init_from"),
    )


def code_paths(view: View) -> tuple[PurePosixPath, ...]:
    """Return the paths of the code to ship: those given, or the class's top-level package."""
    if "code_paths" in view.keys:
        return tuple(PurePosixPath(path) for path in view.keys["code_paths"])
    if not view.has_class:
        return ()
    top = parse(view).module.partition(".")[0]
    is_package = is_folder(view.root / top)
    return (PurePosixPath(top if is_package else f"{top}.py"),)


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with the class's module, as far as files tell."""
    if not view.has_class:
        return
    model = parse(view)
    at = "/model/class" if isinstance(view.keys["model"], dict) else "/model"
    if model.init_from and "model_config" not in view.keys:
        hint = "Add `model_config`, or pass the constructor's arguments with `init`."
        message = "Missing required key `model_config`, which `init_from: model_config` needs"
        yield view.problem("missing-key", message, at="/model/init_from", hint=hint)
    paths = code_paths(view)
    if "code_paths" not in view.keys and not os.path.exists(view.root / paths[0]):
        yield _missing_default(view, model, at)
    elif not any(check_code_paths(view)) and not _has_module(view.root, model, paths):
        yield _missing_module(view, model, paths, at)


def check_code_paths(view: View) -> Iterator[Problem]:
    """Yield what is wrong with each code path, and where two would land on each other."""
    taken: dict[str, str] = {}
    for index, text in enumerate(view.keys.get("code_paths", ())):
        at = join("/code_paths", index)
        yield from check_path(view, text, at)
        name = PurePosixPath(text).name
        if name in taken:
            message = f"`{text}` would overwrite another code path that is also named `{name}`"
            yield view.problem(
                "code-path-clash",
                message,
                at=at,
                hint="Rename one of them, or use the folder that contains both.",
                related=view.related("the other code path", taken[name]),
            )
        taken.setdefault(name, at)


def _has_module(root: Path, model: ModelClass, paths: tuple[PurePosixPath, ...]) -> bool:
    """Whether the class's module is among the code, imported from where that is copied to."""
    parts = model.module.split(".")
    for path in paths:
        source = root / path
        if path.suffix == ".py" and parts == [path.stem] and is_file(source):
            return True
        if path.name == "" and _is_module(source, parts):
            return True
        if path.name == parts[0] and _is_module(source, parts[1:]):
            return True
    return False


def _is_module(folder: Path, parts: list[str]) -> bool:
    target = folder.joinpath(*parts)
    if is_file(target / "__init__.py"):
        return True
    return bool(parts) and is_file(f"{target}.py")


def _missing_module(
    view: View, model: ModelClass, paths: tuple[PurePosixPath, ...], at: str
) -> Problem:
    searched = ", ".join(f"`{path}`" for path in paths)
    near = closest(model.module, _modules(view.root, paths))
    hint = "Fix the module name, or add its folder or file to `code_paths`."
    if near:
        hint = f"Did you mean `{near}:{model.qualname}`?"
    message = f"Cannot find the module `{model.module}` in the code paths ({searched})"
    return view.problem("missing-module", message, at=at, hint=hint)


def _missing_default(view: View, model: ModelClass, at: str) -> Problem:
    top = model.module.partition(".")[0]
    if is_folder(view.root / "src" / top):
        hint = f"Write `code_paths: [src/{top}]`."
    else:
        near = closest(
            top, [p.stem for p in view.root.iterdir() if p.suffix == ".py" or p.is_dir()]
        )
        rest = model.reference.removeprefix(top)
        hint = f"Did you mean `{near}{rest}`?" if near else "Add the code's folder to `code_paths`."
    message = f"Cannot find a folder `{top}` or a file `{top}.py` next to the manifest"
    return view.problem("missing-module", message, at=at, hint=hint)


def _modules(root: Path, paths: tuple[PurePosixPath, ...]) -> Iterator[str]:
    for path in paths:
        source = root / path
        if is_file(source):
            yield source.stem
        elif path.name:
            for file in source.glob("*.py"):
                yield path.name if file.stem == "__init__" else f"{path.name}.{file.stem}"
