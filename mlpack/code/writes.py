"""Code that writes beside itself: calls that write to a path made from ``__file__``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mlpack.code.model import Write
from mlpack.code.places import Text
from mlpack.code.walking import Found, last_name

_METHODS = frozenset({"write_text", "write_bytes", "mkdir", "touch"})
"""Of a path: the receiver is what they write to."""
_FUNCTIONS = frozenset(
    {"mkdir", "makedirs", "save", "savez", "savez_compressed", "savetxt", "to_csv", "to_parquet",
     "to_pickle", "to_json", "urlretrieve"}
)  # fmt: skip
"""They write to one of their arguments."""


def writes(found: Found, text: Text) -> tuple[Write, ...]:
    """Return the calls that write beside the module."""
    if not any(node.id == "__file__" for node, _ in found[ast.Name] if isinstance(node, ast.Name)):
        return ()
    beside = _names_beside(found)
    made = []
    for node, where in found[ast.Call]:
        assert isinstance(node, ast.Call)  # noqa: S101 - by this type it was found
        if not where.hidden and any(_is_beside(each, beside) for each in _targets(node)):
            made.append(Write(call=last_name(node.func), span=text.span(node)))
    return tuple(made)


def _names_beside(found: Found) -> frozenset[str]:
    """Return the variables that hold a path made from ``__file__``, in the order of the text."""
    names: set[str] = set()
    for node, _ in found[ast.Assign]:
        assert isinstance(node, ast.Assign)  # noqa: S101 - by this type it was found
        if _is_beside(node.value, frozenset(names)):
            names.update(last_name(target) for target in node.targets)
    return frozenset(names - {""})


def _is_beside(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression builds a path from ``__file__`` or one of ``names``."""
    if isinstance(node, ast.Name):
        return node.id == "__file__" or node.id in names
    if isinstance(node, ast.Attribute):
        known = isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in names
        return known or (node.attr in ("parent", "parents") and _is_beside(node.value, names))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
        return _is_beside(node.left, names) or _is_beside(node.right, names)
    if isinstance(node, ast.Subscript):
        return _is_beside(node.value, names)
    if isinstance(node, ast.JoinedStr):
        parts = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        return any(_is_beside(each, names) for each in parts)
    return isinstance(node, ast.Call) and _makes_path(node, names)


def _makes_path(node: ast.Call, names: frozenset[str]) -> bool:
    name = last_name(node.func)
    if name in ("Path", "PurePath", "dirname", "abspath", "realpath", "join", "str", "fspath"):
        return any(_is_beside(each, names) for each in node.args)
    methods = ("resolve", "absolute", "joinpath", "with_name", "with_suffix", "as_posix")
    if name in methods and isinstance(node.func, ast.Attribute):
        return _is_beside(node.func.value, names)
    return False


def _targets(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the expressions that a call writes to, if it writes."""
    name = last_name(node.func)
    on_path = isinstance(node.func, ast.Attribute)
    if name == "open":
        mode = _mode(node, 0 if on_path and not _is_module(node.func) else 1)
        if set(mode) & set("wax+"):
            yield from node.args[:1]
            if isinstance(node.func, ast.Attribute):
                yield node.func.value
    elif name in _METHODS and isinstance(node.func, ast.Attribute):
        yield node.func.value
    if name in _FUNCTIONS:
        yield from node.args


def _is_module(node: ast.expr) -> bool:
    """Whether ``x.open`` is a module's function, which takes a path, and not a path's method."""
    return isinstance(node, ast.Attribute) and last_name(node.value) in ("io", "gzip", "codecs")


def _mode(node: ast.Call, position: int) -> str:
    given = [each.value for each in node.keywords if each.arg == "mode"]
    given += node.args[position : position + 1]
    value = given[0] if given else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else "r"
