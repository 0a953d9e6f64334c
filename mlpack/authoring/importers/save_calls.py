"""Calls of ``save_model`` and ``log_model`` in a script's text, and the requirements they state."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.bindings import Function, situated
from mlpack.authoring.importers.constructors import as_written, construction, followed
from mlpack.authoring.importers.examples import example_of, plain
from mlpack.authoring.importers.literals import NotLiteralError, Script
from mlpack.authoring.importers.located import Located
from mlpack.authoring.importers.model import Left
from mlpack.authoring.importers.needs import (
    Needs,
    conda_needs,
    from_lines,
    needs_of,
    stated_conda_file,
    stated_file,
    with_lines,
)
from mlpack.authoring.importers.values import shown

SAVERS = ("mlflow.pyfunc.save_model", "mlflow.pyfunc.log_model")
_BY_FLAVORS = ("save_model", "log_model", "autolog")


def saving_calls(script: Script) -> list[tuple[ast.Call, Function | None]]:
    """Return the calls that save a pyfunc model, each with the function that it stands in."""
    return [
        (node, within)
        for node, within in situated(script.tree)
        if isinstance(node, ast.Call) and script.dotted(node.func) in SAVERS
    ]


def flavor_calls(script: Script) -> list[tuple[ast.Call, str]]:
    """Return the calls that save a model of another flavor, each with the flavor's module."""
    found = []
    for node in ast.walk(script.tree):
        if isinstance(node, ast.Call):
            home, _, last = script.dotted(node.func).rpartition(".")
            another = re.fullmatch(r"mlflow\.(?!pyfunc$)\w+", home) and last in _BY_FLAVORS
            if another or f"{home}.{last}" == "mlflow.autolog":
                found.append((node, home))
    return found


def imported_afterwards(script: Script, call: ast.Call) -> str:
    """Return what ``mlpack import`` takes once a call has saved a model of another flavor."""
    given: dict[str, Any] = {}
    named = [(each.arg, each.value) for each in call.keywords if each.arg]
    for name, node in [*(("path", each) for each in call.args[1:2]), *named]:
        with suppress(NotLiteralError):
            given[name] = script.value(node)
    if script.dotted(call.func).endswith(".save_model"):
        return str(given.get("path", "FOLDER"))
    if given.get("registered_model_name"):
        return f"models:/{given['registered_model_name']}/VERSION"
    name = next((given[key] for key in ("name", "artifact_path", "path") if key in given), "model")
    return f"runs:/RUN_ID/{name}"


def saves_when_imported(script: Script) -> bool:
    """Tell whether importing the script saves a model: a call at its top, without a guard."""
    called = {id(node) for node, within in saving_calls(script) if within is None}
    open_ends = [node for node in script.tree.body if not _is_guard(node)]
    return any(id(inner) in called for node in open_ends for inner in ast.walk(node))


def read_call(
    script: Script, call: ast.Call, within: ast.AST | None, folder: Any
) -> dict[str, Any]:
    """Return a call's arguments as a recorder would note them, computed ones as ``problems``."""
    noted: dict[str, Any] = {
        "saver": script.dotted(call.func).rpartition(".")[2],
        "problems": {},
    }
    for name, node in _arguments(script, call, within, noted["problems"]):
        if name == "python_model":
            _read_model(script, node, within, noted)
            continue
        try:
            value = script.value(node, within)
            if value is None:
                continue
            noted[name] = example_of(value, folder) if name == "input_example" else plain(value)
        except NotLiteralError as error:
            written = as_written(followed(script, node, within))
            noted["problems"][name] = f"{error}{written}"
    return noted


def _read_model(
    script: Script, node: ast.expr, within: ast.AST | None, noted: dict[str, Any]
) -> None:
    function = script.function(node)
    if function is not None:
        noted["function"] = function.name
        return
    made = construction(script, node, within, "__main__")
    if made is not None:
        noted["class"] = made.reference
        noted["construction"] = made
        return
    try:
        value = script.value(node, within)
    except NotLiteralError as error:
        noted["problems"]["python_model"] = str(error)
        return
    noted["model_script"] = str(plain(value))


def _arguments(
    script: Script, call: ast.Call, within: ast.AST | None, problems: dict[str, str]
) -> Iterator[tuple[str, ast.expr]]:
    first = "artifact_path" if script.dotted(call.func).endswith("log_model") else "path"
    # Behind these, the lines of MLflow do not agree on an order.
    yield from zip((first, "loader_module", "data_path"), call.args, strict=False)
    for node in call.args[3:]:
        problems[shown(node)] = "it is not passed by keyword"
    for each in call.keywords:
        if each.arg is not None:
            yield each.arg, each.value
            continue
        try:
            unpacked = script.value(each.value, within)
            yield from ((key, ast.Constant(value)) for key, value in unpacked.items())
        except (NotLiteralError, AttributeError) as error:
            problems["arguments"] = (
                f"some arguments are unpacked from `{ast.unparse(each.value)}`: {error}"
            )


def _is_guard(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def stated_needs(call: Mapping[str, Any], place: Located) -> tuple[Needs | None, list[Left]]:
    """Return what a call says of packages, ``None`` where it says nothing, and what is left."""
    conda, listed = call.get("conda_env"), call.get("pip_requirements")
    extra = call.get("extra_pip_requirements")
    more = [f"-r {extra}"] if isinstance(extra, str) else [str(each) for each in extra or ()]
    needs, left = None, list[Left]()
    if isinstance(conda, Mapping):
        needs = conda_needs(conda, place.file)
    elif conda:
        needs = _from_file(str(conda), place.folder, stated_conda_file, left)
    elif isinstance(listed, str):
        needs = _from_file(listed, place.folder, stated_file, left)
    elif listed or more:
        if not listed:
            why = "only extra_pip_requirements is set"
            left.append(Left(what="the inferred requirements", why=why))
        return from_lines([*map(str, listed or ()), *more], place.file, None), left
    elif call.get("uv_project_path"):
        needs = _from_project(call, place.folder)
    if conda and listed:
        left.append(Left(what=f"`pip_requirements={listed}`", why="`conda_env` replaces it"))
    if needs is None and more:
        needs = Needs(value=[], origin=place.path.name)
    return (with_lines(needs, more) if needs is not None else None), left


def uv_project(call: Mapping[str, Any], folder: Path) -> PurePosixPath | None:
    """Return the ``pyproject.toml`` that a call takes its packages from, if nothing else does."""
    others = ("conda_env", "pip_requirements", "extra_pip_requirements")
    path = PurePosixPath(str(call.get("uv_project_path") or "..")) / "pyproject.toml"
    inside = not path.is_absolute() and ".." not in path.parts
    taken = inside and not any(call.get(key) for key in others) and (folder / path).is_file()
    return path if taken else None


def _from_project(call: Mapping[str, Any], folder: Path) -> Needs | None:
    path = uv_project(call, folder)
    if path is None:
        return None
    needs = needs_of(folder / path)
    given = {"extras": call.get("uv_extras"), "groups": call.get("uv_groups")}
    more = {key: [str(each) for each in value] for key, value in given.items() if value}
    if not isinstance(needs.value, Mapping):
        return needs
    return replace(needs, value={**needs.value, "pyproject": {"path": str(path), **more}})


def _from_file(
    name: str, folder: Path, reader: Callable[[str, Path], Needs], left: list[Left]
) -> Needs | None:
    path = PurePosixPath(name)
    inside = not path.is_absolute() and ".." not in path.parts
    if inside and (folder / path).is_file():
        return reader(name, folder)
    why = "the file does not exist" if inside else "it is outside the project"
    left.append(Left(what=f"the file of requirements {name}", why=why))
    return None
