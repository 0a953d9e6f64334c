"""What operators make of literal values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any

from mlpack.importers.values import NotLiteralError, shown


class Operators:
    """The part of an evaluation that knows operators; ``value`` knows the rest."""

    __slots__ = ()

    def value(self, node: ast.expr) -> Any:
        """Return what an expression stands for."""
        raise NotImplementedError

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        inner = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(inner, (int, float)):
            return -inner
        if isinstance(node.op, ast.Not):
            return not inner
        raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`")

    def _boolop(self, node: ast.BoolOp) -> Any:
        found: Any = None
        for each in node.values:
            found = self.value(each)
            if bool(found) is isinstance(node.op, ast.Or):
                return found
        return found

    def _compare(self, node: ast.Compare) -> bool:
        compare = _COMPARISONS.get(type(node.ops[0]))
        if len(node.ops) > 1 or compare is None:
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`")
        try:
            return compare(self.value(node.left), self.value(node.comparators[0]))
        except TypeError:
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`") from None

    def _binop(self, node: ast.BinOp) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Div) and isinstance(left, PurePosixPath):
            return left / str(right)
        same = type(left) is type(right)
        if isinstance(node.op, ast.Add) and same and isinstance(left, (str, list, tuple, int)):
            return left + right
        if isinstance(node.op, ast.BitOr) and same and isinstance(left, dict):
            return {**left, **right}
        if isinstance(node.op, ast.Mult) and isinstance(left, int) and isinstance(right, int):
            return left * right
        raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`")

    def _joinedstr(self, node: ast.JoinedStr) -> str:
        parts = []
        for item in node.values:
            if isinstance(item, ast.FormattedValue):
                if item.format_spec is not None or item.conversion != -1:
                    raise NotLiteralError(f"line {node.lineno} formats it")
                parts.append(str(self.value(item.value)))
            else:
                parts.append(str(self.value(item)))
        return "".join(parts)


_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: bool(left == right),
    ast.NotEq: lambda left, right: bool(left != right),
    ast.Is: lambda left, right: left is right,
    ast.IsNot: lambda left, right: left is not right,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Lt: lambda left, right: bool(left < right),
    ast.LtE: lambda left, right: bool(left <= right),
    ast.Gt: lambda left, right: bool(left > right),
    ast.GtE: lambda left, right: bool(left >= right),
}
