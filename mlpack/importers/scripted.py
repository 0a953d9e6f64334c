"""Constructor calls: which class they make, and with which keywords."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from mlpack.code import Function
from mlpack.importers.bindings import assignments, changes
from mlpack.importers.calls import CALLS
from mlpack.importers.examples import plain
from mlpack.importers.literals import NotLiteralError, Script, Symbol, read_script
from mlpack.importers.values import shown


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
            raise NotLiteralError(f"its arguments are not given by keyword{self.written}")
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
