"""What a Python file states beyond plain values, and what operators make of literals."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any


class NotLiteralError(Exception):
    """A value that only running the file would tell; the message says what computes it."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """An imported name that stands for itself, such as ``numpy.float32``."""

    dotted: str

    @property
    def last(self) -> str:
        """The part behind the last dot."""
        return self.dotted.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a command line gives to a script's parser; a value may be the reason it is not known."""

    values: Mapping[str, Any] = field(default_factory=dict)
    problem: str | None = None

    def named(self, name: str) -> Any:
        """Return an argument's value. Raises ``NotLiteralError``."""
        if self.problem is not None or name not in self.values:
            raise NotLiteralError(self.problem or f"its parser has no argument `{name}`")
        if isinstance(self.values[name], NotLiteralError):
            raise self.values[name]
        return self.values[name]


def shown(node: ast.AST, longest: int = 50) -> str:
    """Return an expression as written, on one short line."""
    try:
        text = " ".join(ast.unparse(node).split())
    except RecursionError:
        return "…"
    return text if len(text) <= longest else text[: longest - 1] + "…"


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
