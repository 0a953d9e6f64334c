"""What the names of a Python file stand for: what is assigned to them, or where they come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def assignments(scope: ast.AST) -> dict[str, ast.expr | None]:
    """Return what a module or a function assigns once; ``None`` for a name assigned again."""
    found: dict[str, ast.expr | None] = {}
    for target, value in _assigned(scope):
        found[target] = None if target in found else value
    return found


def _assigned(scope: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for name in _names(target):
                    yield name, node.value if isinstance(target, ast.Name) else None
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from ((name, node.value) for name in _names(node.target))
        elif isinstance(node, (ast.AugAssign, ast.NamedExpr, ast.For)):
            yield from ((name, None) for name in _names(node.target))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            yield from ((name, None) for name in _names(node.optional_vars))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of a scope, those of functions and classes inside left out."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            waiting[:0] = ast.iter_child_nodes(node)


def _names(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def origins(tree: ast.Module) -> dict[str, str]:
    """Return the dotted name that each imported name stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            for alias in node.names:
                found[alias.asname or alias.name] = f"{home}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    found[alias.asname] = alias.name
    return found
