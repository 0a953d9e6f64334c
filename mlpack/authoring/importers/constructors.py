"""Constructor calls in a source, and what a class's ``__init__`` asks for."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.authoring.importers.bindings import assignments, changes
from mlpack.authoring.importers.calls import CALLS
from mlpack.authoring.importers.examples import plain
from mlpack.authoring.importers.literals import NotLiteralError, Script, Symbol, read_script
from mlpack.authoring.importers.model import Key, Left
from mlpack.authoring.importers.values import shown
from mlpack.manifest.code import FoundClass, Function, Parameter, chain, python_files, read_module


@dataclass(frozen=True, slots=True, kw_only=True)
class Construction:
    """``module:qualname``, and the arguments as written; ``problem`` says why there are none."""

    reference: str
    positional: tuple[Any, ...] = ()
    named: tuple[tuple[str, Any], ...] = ()
    problem: str | None = None
    written: str = ""
    changes: tuple[str, ...] = ()
    """What is done to the instance once it is made, as written."""

    def keywords(self, init: Function | None) -> dict[str, Any]:
        """Return all arguments by keyword. Raises ``NotLiteralError`` where one has no name."""
        if self.problem is not None:
            raise NotLiteralError(self.problem + self.written)
        names = [each.name for each in init.given] if init is not None else []
        if len(self.positional) > len(names):
            raise NotLiteralError(f"its arguments are not passed by keyword{self.written}")
        return {**dict(zip(names, self.positional, strict=False)), **dict(self.named)}


def model_set_by(text: str, stem: str) -> Construction | None:
    """Return what a models-from-code script gives to ``set_model``; ``None`` where it is unclear.

    ``stem`` names the script itself, for a class that it defines.
    """
    try:
        script = read_script(text, PurePosixPath(f"{stem}.py"), CALLS)
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(script.tree) if isinstance(node, ast.Call)]
    setting = [call for call in calls if script.dotted(call.func).endswith("set_model")]
    given = [call.args[0] for call in setting if call.args]
    return construction(script, given[-1], None, stem) if given else None


def construction(
    script: Script, node: ast.expr, within: ast.AST | None, stem: str
) -> Construction | None:
    """Return the class that an expression makes an instance of; ``None`` where it is no call."""
    made = script.made.get(node.id) if isinstance(node, ast.Name) else None
    made = made or _made(script, followed(script, node, within), within, stem)
    if made is None or not isinstance(node, ast.Name):
        return made
    scopes = [each for each in (within, script.tree) if each is not None]
    done = [each for scope in scopes for each in changes(scope, node.id)]
    written = tuple(shown(each, 300) for each in done)
    return replace(made, changes=tuple(dict.fromkeys((*made.changes, *written))))


def _made(script: Script, node: ast.expr, within: ast.AST | None, stem: str) -> Construction | None:
    if not isinstance(node, ast.Call):
        return None
    dotted = _dotted(script, node.func)
    if not dotted:
        return None
    name = dotted.partition(".")[0]
    own = name in {each.name for each in ast.walk(script.tree) if isinstance(each, ast.ClassDef)}
    here = own or "." not in dotted
    reference = f"{stem}:{dotted}" if here else _split(dotted)
    try:
        positional = tuple(plain(script.value(each, within)) for each in node.args)
        named = _keywords(script, node, within)
    except NotLiteralError as error:
        return Construction(reference=reference, problem=str(error), written=as_written(node))
    return Construction(
        reference=reference,
        positional=positional,
        named=tuple(named.items()),
        written=as_written(node),
    )


def as_written(node: ast.AST) -> str:
    """Return an expression in brackets, for the end of a sentence that says it is computed."""
    return f" (`{shown(node, 300)}`)"


def _keywords(script: Script, node: ast.Call, within: ast.AST | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in node.keywords:
        value = plain(script.value(each.value, within))
        found.update(value if each.arg is None else {each.arg: value})
    return found


def _dotted(script: Script, function: ast.expr) -> str:
    """Return the dotted name of what is called; a loop or a call may give the class."""
    given = script.bound.get(function.id) if isinstance(function, ast.Name) else None
    return given.dotted if isinstance(given, Symbol) else script.dotted(function).lstrip(".")


def _split(dotted: str) -> str:
    """Return ``module:qualname``: a name begins where the capital letters do, or at the end."""
    parts = dotted.lstrip(".").split(".")
    first = next((i for i, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return f"{'.'.join(parts[:first])}:{'.'.join(parts[first:])}"


def followed(script: Script, node: ast.expr, within: ast.AST | None) -> ast.expr:
    """Return what is assigned to a name, or the expression itself."""
    for _ in range(10):
        if not isinstance(node, ast.Name):
            return node
        scopes = [
            assignments(each, objects=True) for each in (within, script.tree) if each is not None
        ]
        found = next((scope[node.id] for scope in scopes if node.id in scope), None)
        if found is None:
            return node
        node = found
    return node


_CONFIG_NAMES = frozenset(
    {"config", "cfg", "conf", "configuration", "model_config", "settings", "options", "hparams"}
)
_MAPPINGS = ("dict", "Dict", "Mapping", "MutableMapping", "Any", "object")


def model_key(
    reference: str, config: Mapping[str, Any] | None, init: Function | None, *, known: bool
) -> tuple[Key, tuple[Left, ...]]:
    """Return the ``model`` key for a class whose scripts know one configuration.

    MLflow hands it to the model as ``context.model_config``; a constructor that asks for it gets
    it by ``init`` (as keywords) or ``init_from`` (whole). ``known`` is false where the class was
    not found, and then nothing is said of its constructor.
    """
    given = _given(init)
    if not known:
        todo = "the class was not found, so its constructor is unknown"
        return Key(value=reference, comment=todo), ()
    if not given:
        return Key(value=reference), ()
    if config is not None and _takes_whole(given, config):
        value = {"class": reference, "init_from": "model_config"}
        comment = f"__init__({given[0].name}) gets the whole configuration"
        return Key(value=value, comment=comment), ()
    names = [each.name for each in given if each.kind not in ("variadic", "keywords")]
    takes_any = any(each.kind == "keywords" for each in given)
    init_values = {key: item for key, item in (config or {}).items() if takes_any or key in names}
    missing = [each.name for each in given if each.required and each.name not in init_values]
    left = tuple(
        Left(
            what=f"the constructor's `{name}`",
            why="__init__ requires it, but the configuration has no such key: set it under `init`",
        )
        for name in missing
    )
    if not init_values:
        return Key(value=reference), left
    comment = "the configuration keys that __init__ takes"
    return Key(value={"class": reference, "init": init_values}, comment=comment), left


def find_class(
    folder: Path, module: str, qualname: str, roots: tuple[PurePosixPath, ...] = (PurePosixPath(),)
) -> tuple[PurePosixPath | None, Function | None]:
    """Return the file of a class and its ``__init__``, its own or one inherited in this code.

    ``roots`` are folders that the module may be imported from. Both are ``None`` where there is
    no such class.
    """
    for root in roots:
        modules = {
            name: read_module(folder / root / path, shown=str(root / path), module=name)
            for path in python_files(folder / root)
            if (name := _name(path)).partition(".")[0] == module.partition(".")[0]
        }
        facts = modules[module].find(qualname) if module in modules else None
        if facts is not None:
            return (
                PurePosixPath(modules[module].file),
                chain(modules[module], facts, modules).method("__init__"),
            )
    return None, None


def only_class(found: tuple[FoundClass, ...]) -> FoundClass | None:
    """Return the one model among classes: those that predict come before mere bases."""
    complete = [each for each in found if each.has_predict] or list(found)
    return complete[0] if len(complete) == 1 else None


def _given(init: Function | None) -> tuple[Parameter, ...]:
    if init is None:
        return ()
    return tuple(each for each in init.given if each.kind != "variadic")


def _takes_whole(given: tuple[Parameter, ...], config: Mapping[str, Any]) -> bool:
    """Tell whether the constructor's one argument is the configuration itself."""
    first, rest = given[0], given[1:]
    if first.name in config or first.kind in ("keywords", "keyword-only"):
        return False
    if any(each.required for each in rest) or any(each.name in config for each in rest):
        return False
    if first.annotation is None:
        return first.name in _CONFIG_NAMES or (first.required and not rest)
    written = first.annotation.replace("typing.", "").strip("'\"")
    return written.startswith(_MAPPINGS) or f"Optional[{_MAPPINGS[0]}" in written


def _name(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
