"""The values that a Python file states, read from its text: nothing of it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from mlpack.importers.bindings import assignments, origins

_DEEPEST = 60


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


Arguments = tuple[list[Any], dict[str, Any]]
Handler = Callable[[list[Any], dict[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One Python file: its path in the project, its tree, and where its imported names come from.

    ``handlers`` build values of known calls, by the last part of the callee's name.
    """

    path: PurePosixPath
    tree: ast.Module
    origins: Mapping[str, str]
    handlers: Mapping[str, Handler] = field(default_factory=dict)

    def value(self, node: ast.expr, within: ast.AST | None = None) -> Any:
        """Return what an expression stands for; ``within`` is the function that it stands in.

        Raises ``NotLiteralError``.
        """
        scopes = [assignments(self.tree)]
        if within is not None:
            scopes.insert(0, assignments(within))
        return _Evaluation(script=self, scopes=scopes).value(node)

    def named(self, name: str) -> Any:
        """Return the value of a name of the module; ``KeyError`` where it has none."""
        found = assignments(self.tree)
        if name not in found:
            raise KeyError(name)
        return self.value(ast.Name(id=name, ctx=ast.Load()))

    def dotted(self, node: ast.expr) -> str:
        """Return the dotted name that an expression spells, imports followed; empty for none."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.origins.get(node.id, node.id), *reversed(parts)])


def read_script(text: str, path: PurePosixPath, handlers: Mapping[str, Handler]) -> Script:
    """Return a Python file as a script. Raises ``SyntaxError`` for what is no Python."""
    try:
        tree = ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or "it nests too deep") from error
    return Script(path=path, tree=tree, origins=origins(tree), handlers=handlers)


@dataclass(slots=True, kw_only=True)
class _Evaluation:
    """One walk over an expression, names followed, loops refused."""

    script: Script
    scopes: list[dict[str, ast.expr | None]]
    within: list[str] = field(default_factory=list)
    depth: int = 0

    def value(self, node: ast.expr) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotLiteralError("it nests too deep")
        try:
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is None:
                raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node)}`")
            return method(node)
        finally:
            self.depth -= 1

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, (bytes, complex)) or node.value is ...:
            raise NotLiteralError(f"`{_shown(node)}` is no value that YAML can hold")
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id == "__file__":
            return self.script.path
        for scope in self.scopes:
            if node.id in scope:
                return self._followed(node.id, scope[node.id])
        if node.id in self.script.origins or node.id in _TYPES:
            return Symbol(self.script.origins.get(node.id, node.id))
        raise NotLiteralError(f"`{node.id}` is not stated in {self.script.path.name}")

    def _followed(self, name: str, assigned: ast.expr | None) -> Any:
        if assigned is None:
            raise NotLiteralError(f"`{name}` is computed, or assigned more than once")
        if name in self.within:
            raise NotLiteralError(f"`{name}` is made of itself")
        self.within.append(name)
        try:
            return self.value(assigned)
        finally:
            self.within.pop()

    def _list(self, node: ast.List | ast.Set) -> list[Any]:
        return [self.value(item) for item in self._items(node)]

    _set = _list

    def _tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self.value(item) for item in self._items(node))

    def _items(self, node: ast.List | ast.Set | ast.Tuple) -> list[ast.expr]:
        if any(isinstance(item, ast.Starred) for item in node.elts):
            raise NotLiteralError(f"line {node.lineno} unpacks into it")
        return node.elts

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                inner = self.value(value)
                if not isinstance(inner, dict):
                    raise NotLiteralError(f"line {node.lineno} unpacks into it")
                made.update(inner)
            else:
                made[_hashable(self.value(key))] = self.value(value)
        return made

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        inner = self.value(node.operand)
        if isinstance(node.op, ast.USub) and isinstance(inner, (int, float)):
            return -inner
        raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node)}`")

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
        raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node)}`")

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

    def _attribute(self, node: ast.Attribute) -> Any:
        dotted = self.script.dotted(node)
        root = dotted.partition(".")[0]
        named = isinstance(node.value, ast.Name) and node.value.id in self.script.origins
        if named or (dotted and not self._is_assigned(node)):
            return Symbol(dotted)
        home = self.value(node.value)
        if isinstance(home, PurePosixPath) and node.attr in ("parent", "name", "stem"):
            return getattr(home, node.attr)
        if isinstance(home, Symbol):
            return Symbol(f"{home.dotted}.{node.attr}")
        raise NotLiteralError(f"line {node.lineno} computes it: `{root or _shown(node)}`")

    def _is_assigned(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and (
            node.id == "__file__" or any(node.id in scope for scope in self.scopes)
        )

    def _subscript(self, node: ast.Subscript) -> Any:
        home, key = self.value(node.value), self.value(node.slice)
        try:
            return home[key]
        except (KeyError, IndexError, TypeError):
            raise NotLiteralError(f"`{_shown(node)}` is not stated") from None

    def _call(self, node: ast.Call) -> Any:
        if any(isinstance(item, ast.Starred) for item in node.args):
            raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node)}`")
        if isinstance(node.func, ast.Attribute) and node.func.attr in _PATH_METHODS:
            home = self._maybe(node.func.value)
            if isinstance(home, PurePosixPath):
                return home if node.func.attr in _SAME_PATH else str(home)
        name = self.script.dotted(node.func)
        handler = self.script.handlers.get(name) or self.script.handlers.get(
            name.rpartition(".")[2]
        )
        if handler is None:
            raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node.func)}(…)`")
        positional = [self.value(item) for item in node.args]
        named: dict[str, Any] = {}
        for item in node.keywords:
            value = self.value(item.value)
            named.update(value if item.arg is None else {item.arg: value})
        try:
            return handler(positional, named)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            raise NotLiteralError(f"line {node.lineno} computes it: `{_shown(node)}`") from None

    def _maybe(self, node: ast.expr) -> Any:
        try:
            return self.value(node)
        except NotLiteralError:
            return None


_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "object"})
_SAME_PATH = frozenset({"resolve", "absolute", "expanduser"})
_PATH_METHODS = _SAME_PATH | {"as_posix", "__str__"}


def _hashable(key: Any) -> Any:
    if isinstance(key, (str, int, float, bool)) or key is None:
        return key
    raise NotLiteralError("a key of a mapping is neither a text nor a number")


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 50 else text[:49] + "…"
