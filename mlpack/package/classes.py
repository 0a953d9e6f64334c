"""Which class a package holds an instance of, read without running anything of it."""

from __future__ import annotations

import ast
import pickletools
from itertools import islice

_OPCODES = 10_000
# What pickles begin with when they hold a class by value, or rebuild an object.
_MACHINERY = ("cloudpickle", "copyreg", "builtins", "_codecs")


def class_in_script(text: str, module: str) -> str | None:
    """Return ``module:qualname`` of what a models-from-code script sets as its model.

    ``module`` names the script itself, for a class that it defines. ``None`` where that cannot
    be told.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    given = [call.args[0] for call in calls if _last(call.func) == "set_model" and call.args]
    made = _assigned(tree, given[-1]) if given else None
    if not isinstance(made, ast.Call):
        return None
    name = ast.unparse(made.func)
    first, _, rest = name.partition(".")
    origin = _origins(tree).get(first)
    if origin is None:
        return f"{module}:{name}"
    home, original = origin
    return f"{home}:{original}{'.' if rest else ''}{rest}" if original else f"{home}:{rest}"


def class_in_pickle(content: bytes) -> str | None:
    """Return ``module:qualname`` of the first class that a pickle names, or ``None``."""
    texts: list[str] = []
    try:
        for opcode, argument, _ in islice(pickletools.genops(content), _OPCODES):
            module, name = _named(opcode.name, argument, texts)
            if module and module.partition(".")[0] not in _MACHINERY:
                return f"{module}:{name}"
            if isinstance(argument, str) and "UNICODE" in opcode.name:
                texts.append(argument)
    except (ValueError, IndexError, OverflowError):
        return None
    return None


def _named(opcode: str, argument: object, texts: list[str]) -> tuple[str, str]:
    if opcode == "GLOBAL":
        module, _, name = str(argument).partition(" ")
        return module, name
    if opcode == "STACK_GLOBAL" and len(texts) > 1:
        return texts[-2], texts[-1]
    return "", ""


def _last(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _assigned(tree: ast.Module, value: ast.expr) -> ast.expr:
    """Follow a name to what the script last assigns to it."""
    if not isinstance(value, ast.Name):
        return value
    found: ast.expr = value
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == value.id for target in statement.targets
        ):
            found = statement.value
    return found


def _origins(tree: ast.Module) -> dict[str, tuple[str, str]]:
    """Return where each imported name comes from: module, and name in it (empty: the module)."""
    origins: dict[str, tuple[str, str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                origins[alias.asname or alias.name] = (node.module, alias.name)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    origins[alias.asname] = (alias.name, "")
    return origins
