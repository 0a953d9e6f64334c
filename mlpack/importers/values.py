"""What a Python file states beyond plain values, and what it leaves open."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
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
