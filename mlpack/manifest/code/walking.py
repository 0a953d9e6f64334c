"""One walk over a syntax tree: each node that matters, with the situation that it stands in."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, cast

# Whoever catches one of these goes on without the module.
_CAUGHT = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_LEAVES = frozenset({ast.Name, ast.Constant, ast.Load, ast.Store, ast.Pass, ast.alias})
_KEPT = frozenset(
    {
        ast.Import, ast.ImportFrom, ast.Attribute, ast.Name, ast.Subscript, ast.Call, ast.Compare,
        ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef,
    }
)  # fmt: skip


class Situation(NamedTuple):
    """Where a node stands: in which class and function, and under which conditions."""

    owner: str | None = None
    """The qualname of the innermost class that can be imported."""
    function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | None = None
    guarded: bool = False
    type_checking: bool = False
    conditional: bool = False
    hidden: bool = False
    """Under ``if __name__ == "__main__"``: no import runs it."""


Placed = Iterator[tuple[ast.AST, Situation]]
Found = defaultdict[type, list[tuple[ast.AST, Situation]]]
"""Nodes by their type, in the order of the text, each with its situation."""


def situated(tree: ast.Module) -> Found:
    """Walk ``tree`` once and return the nodes that the facts are made from."""
    found: Found = defaultdict(list)
    # A stack of its own: nesting in source must not exhaust Python's.
    waiting: list[tuple[ast.AST, Situation]] = [(tree, Situation())]
    while waiting:
        node, situation = waiting.pop()
        kind = type(node)
        if kind in _KEPT:
            found[kind].append((node, situation))
        inside = _INSIDE.get(kind)
        if inside is not None:
            waiting.extend(reversed(list(inside(node, situation))))
        elif kind not in _LEAVES:
            children = list(ast.iter_child_nodes(node))
            waiting.extend((child, situation) for child in reversed(children))
    return found


def _function_children(node: ast.AST, here: Situation) -> Placed:
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))  # noqa: S101
    return _all(node, here._replace(function=node))


def _with_children(node: ast.AST, here: Situation) -> Placed:
    assert isinstance(node, (ast.With, ast.AsyncWith))  # noqa: S101 - by this type it is called
    suppressed = any(_suppresses(item) for item in node.items)
    return _all(node, here._replace(guarded=True, conditional=True) if suppressed else here)


def _branch_children(node: ast.AST, here: Situation) -> Placed:
    return _all(node, here._replace(conditional=True))


def _all(node: ast.AST, inside: Situation) -> Placed:
    return ((child, inside) for child in ast.iter_child_nodes(node))


def _class_children(node: ast.AST, here: Situation) -> Placed:
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - by this type it is called
    owner = (
        here.owner if here.function else f"{here.owner}.{node.name}" if here.owner else node.name
    )
    inside = here._replace(owner=owner)
    bases: Sequence[ast.AST] = [*node.decorator_list, *node.bases, *node.keywords]
    yield from ((child, here) for child in bases)
    yield from ((child, inside) for child in node.body)


def _if_children(node: ast.AST, here: Situation) -> Placed:
    assert isinstance(node, ast.If)  # noqa: S101 - by this type it is called
    yield node.test, here
    inside = here._replace(
        conditional=True,
        type_checking=here.type_checking or _mentions(node.test, "TYPE_CHECKING"),
        hidden=here.hidden or _mentions(node.test, "__name__"),
    )
    yield from ((child, inside) for child in node.body)
    other = here._replace(conditional=True)
    yield from ((child, other) for child in node.orelse)


def _try_children(node: ast.AST, here: Situation) -> Placed:
    # `try … except*`, from Python 3.11 on, has the same parts.
    node = cast("ast.Try", node)
    guarded = here.guarded or any(_catches(handler) for handler in node.handlers)
    inside = here._replace(guarded=guarded, conditional=here.conditional or bool(node.handlers))
    after = here._replace(guarded=guarded, conditional=True)
    yield from ((child, inside) for child in node.body)
    yield from ((child, after) for child in (*node.handlers, *node.orelse))
    yield from ((child, here) for child in node.finalbody)


_INSIDE: dict[type, Callable[[ast.AST, Situation], Placed]] = {
    ast.FunctionDef: _function_children,
    ast.AsyncFunctionDef: _function_children,
    ast.Lambda: _function_children,
    ast.ClassDef: _class_children,
    ast.If: _if_children,
    ast.Try: _try_children,
    getattr(ast, "TryStar", ast.Try): _try_children,
    ast.With: _with_children,
    ast.AsyncWith: _with_children,
    ast.match_case: _branch_children,
    ast.IfExp: _branch_children,
    ast.BoolOp: _branch_children,
}


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or last_name(kind) in _CAUGHT for kind in kinds)


def _suppresses(item: ast.withitem) -> bool:
    call = item.context_expr
    return (
        isinstance(call, ast.Call)
        and last_name(call.func) == "suppress"
        and any(last_name(kind) in _CAUGHT | {"KeyError"} for kind in call.args)
    )


def _mentions(test: ast.expr, name: str) -> bool:
    return any(last_name(part) == name for part in ast.walk(test) if isinstance(part, ast.expr))


def last_name(node: ast.expr | None) -> str:
    """Return the last part of a dotted name: ``b`` for ``a.b``; empty for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def dotted(node: ast.expr) -> str | None:
    """Return ``a.b.c`` for an expression that is a dotted name, else ``None``."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])
