"""Columns that the code decodes itself: base64 as bytes, ISO strings as times."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

_DECODERS = {
    "b64decode": "binary",
    "standard_b64decode": "binary",
    "to_datetime": "datetime",
    "fromisoformat": "datetime",
}
_EACH = ("map", "apply")


def decoded_columns(text: str) -> dict[str, str]:
    """Return ``binary`` or ``datetime`` by column, where the source decodes a column by its name.

    Such as ``b64decode(row["image"])``, ``table["at"].map(datetime.fromisoformat)``, or a
    comprehension over one. Of source that cannot be parsed nothing is returned.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {name: kind for node in ast.walk(tree) for name, kind in _decoded(node)}


def _decoded(node: ast.AST) -> Iterator[tuple[str, str]]:
    kind: str | None = None
    if isinstance(node, ast.Call) and node.args:
        kind, source = _DECODERS.get(_name(node.func)), node.args[0]
        if kind is None and _name(node.func) in _EACH and isinstance(node.func, ast.Attribute):
            kind, source = _of_each(node.args[0]), node.func.value
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)) and len(node.generators) == 1:
        [each] = node.generators
        kind, source = _inside(node.elt, _name(each.target)), each.iter
    columns = set(_columns(source)) if kind is not None else set()
    if kind is not None and len(columns) == 1:
        yield columns.pop(), kind


def _of_each(function: ast.AST) -> str | None:
    """Return what a function, named or a lambda, makes of each value."""
    if isinstance(function, ast.Lambda):
        arguments = function.args.args
        return _inside(function.body, arguments[0].arg) if arguments else None
    return _DECODERS.get(_name(function))


def _inside(body: ast.AST, value: str) -> str | None:
    """Return what ``body`` makes of the variable ``value``."""
    for node in ast.walk(body):
        if isinstance(node, ast.Call) and node.args and _name(node.func) in _DECODERS:
            given = node.args[0]
            if isinstance(given, ast.Name) and given.id == value:
                return _DECODERS[_name(node.func)]
    return None


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _columns(source: ast.AST) -> Iterator[str]:
    for node in ast.walk(source):
        key: ast.AST | None = None
        if isinstance(node, ast.Subscript):
            key = node.slice
        elif isinstance(node, ast.Call) and _name(node.func) == "get" and node.args:
            key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
