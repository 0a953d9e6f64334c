"""What the names of a Python file stand for: what is assigned to them, or where they come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def assignments(scope: ast.AST, *, objects: bool = False) -> dict[str, ast.expr | None]:
    """Return what a module or a function assigns once; ``None`` for a name assigned again.

    What is done to the attributes and items of a name makes its value another one, but as an
    object (``objects``) it stays what it is.
    """
    found: dict[str, ast.expr | None] = {}
    for target, value in _assigned(scope, objects):
        found[target] = None if target in found else value
    if objects:
        return found
    # A method may change what it is called on: `items.append(1)`.
    changed = {name for node in _own_nodes(scope) for name in changed_names(node)}
    return {name: None if name in changed else value for name, value in found.items()}


def changes(scope: ast.AST, name: str) -> list[ast.stmt]:
    """Return the statements of a scope that set what is inside of ``name``, or call its methods."""
    nodes = (node for node in _own_nodes(scope) if isinstance(node, ast.stmt))
    return [node for node in nodes if name in changed_names(node)]


def assigned_apart(scope: ast.AST) -> frozenset[str]:
    """Return the names that a scope assigns by anything but a loop."""
    nodes = [node for node in _own_nodes(scope) if not isinstance(node, ast.For)]
    return frozenset(name for node in nodes for name, _ in _bound_by(node))


def situated(
    node: ast.AST, within: Function | None = None
) -> Iterator[tuple[ast.AST, Function | None]]:
    """Yield all nodes below one, each with the function that it stands in."""
    waiting = [(child, within) for child in ast.iter_child_nodes(node)][::-1]
    while waiting:
        child, home = waiting.pop()
        yield child, home
        inner = child if isinstance(child, Function) else home
        waiting += [(each, inner) for each in ast.iter_child_nodes(child)][::-1]


def parameters(function: Function, call: ast.Call) -> dict[str, ast.expr]:
    """Return what a call gives to a function's parameters, defaults included; no ``*`` is read."""
    own = function.args
    plain = [each.arg for each in (*own.posonlyargs, *own.args)]
    found: dict[str, ast.expr] = {}
    if own.defaults:
        found.update(zip(plain[-len(own.defaults) :], own.defaults, strict=True))
    named = zip(own.kwonlyargs, own.kw_defaults, strict=True)
    found.update({each.arg: value for each, value in named if value is not None})
    given = dict(zip(plain, call.args, strict=False))
    given |= {each.arg: each.value for each in call.keywords if each.arg is not None}
    if any(isinstance(each, ast.Starred) for each in call.args):
        return {}
    return found | given


def returned(function: Function) -> ast.expr | None:
    """Return what a function returns, if it does so in one place, at its end."""
    ends = [node for node in _own_nodes(function) if isinstance(node, ast.Return)]
    return ends[0].value if len(ends) == 1 and ends[0] is function.body[-1] else None


def changed_names(node: ast.AST) -> list[str]:
    """Return the names whose objects a statement changes, or may change."""
    inside: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        inside = node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        inside = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Name) and call.func.id == "setattr":
            return [name for each in call.args[:1] for name in _names(each)]
        inside = [call.func]
    return [name for each in inside if _is_inside(each) for name in _names(each)[:1]]


def _is_inside(target: ast.expr) -> bool:
    return isinstance(target, (ast.Attribute, ast.Subscript))


def _assigned(scope: ast.AST, objects: bool) -> Iterator[tuple[str, ast.expr | None]]:
    for node in _own_nodes(scope):
        if not (objects and isinstance(node, ast.stmt) and _only_inside(node)):
            yield from _bound_by(node)


def _bound_by(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a node binds, with the value where it is one for the whole name."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _matched(target, node.value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from ((name, node.value) for name in _names(node.target))
    elif isinstance(node, (ast.AugAssign, ast.NamedExpr, ast.For)):
        yield from ((name, None) for name in _names(node.target))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from ((name, None) for name in _names(node.optional_vars))


def _matched(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr | None]]:
    sides = (ast.Tuple, ast.List)
    if isinstance(target, sides) and isinstance(value, sides):
        starred = any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
        if len(target.elts) == len(value.elts) and not starred:
            for part, inner in zip(target.elts, value.elts, strict=True):
                yield from _matched(part, inner)
            return
    for name in _names(target):
        yield name, value if isinstance(target, ast.Name) else None


def _only_inside(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return all(_is_inside(target) for target in node.targets)
    return isinstance(node, (ast.AugAssign, ast.AnnAssign)) and _is_inside(node.target)


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
