"""The values that a Python file states, read from its text: nothing of it runs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from mlpack.authoring.importers.bindings import Function, assignments, origins, parameters, returned
from mlpack.authoring.importers.values import Given, Operators, shown
from mlpack.authoring.importers.values import NotLiteralError as NotLiteralError
from mlpack.authoring.importers.values import Symbol as Symbol

_DEEPEST = 60


Arguments = tuple[list[Any], dict[str, Any]]
Handler = Callable[[list[Any], dict[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One Python file: its path in the project, its tree, and where its imported names come from.

    ``handlers`` build values of known calls, by the last part of the callee's name. ``bound`` are
    values of names that a loop or a call gives, ``made`` such names that stand for an instance.
    ``given`` is what the command line says to the script's parser, ``argv`` as words, and
    ``environment`` the variables in front of it.
    """

    path: PurePosixPath
    tree: ast.Module
    origins: Mapping[str, str]
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    bound: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    given: Given | None = None
    argv: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def value(self, node: ast.expr, within: ast.AST | None = None) -> Any:
        """Return what an expression stands for; ``within`` is the function that it stands in.

        Raises ``NotLiteralError``.
        """
        return _Evaluation(script=self, scopes=self.scopes(within)).value(node)

    def scopes(self, within: ast.AST | None) -> list[dict[str, ast.expr | None]]:
        """Return what names stand for, the nearest first."""
        homes = [each for each in (within, self.tree) if each is not None]
        bound: dict[str, ast.expr | None] = {
            name: ast.Constant(value) for name, value in self.bound.items()
        }
        return [bound, *(assignments(home) for home in homes)]

    def function(self, node: ast.expr) -> Function | None:
        """Return the function of this script that an expression names."""
        if not isinstance(node, ast.Name):
            return None
        found = [each for each in self.tree.body if isinstance(each, Function)]
        return next((each for each in found if each.name == node.id), None)

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
        raise SyntaxError(str(error) or "it is nested too deeply") from error
    return Script(path=path, tree=tree, origins=origins(tree), handlers=handlers)


@dataclass(slots=True, kw_only=True)
class _Evaluation(Operators):
    """One walk over an expression, names followed, loops refused."""

    script: Script
    scopes: list[dict[str, ast.expr | None]]
    within: list[str] = field(default_factory=list)
    depth: int = 0

    def value(self, node: ast.expr) -> Any:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise NotLiteralError("it is nested too deeply")
        try:
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is None:
                raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`")
            return method(node)
        finally:
            self.depth -= 1

    def _constant(self, node: ast.Constant) -> Any:
        if isinstance(node.value, (bytes, complex)) or node.value is ...:
            raise NotLiteralError(f"`{shown(node)}` is not a value that YAML can express")
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id == "__file__":
            return self.script.path
        if node.id == "__name__":
            return "__main__"
        for scope in self.scopes:
            if node.id in scope:
                return self._followed(node.id, scope[node.id])
        if node.id in self.script.origins or node.id in _TYPES:
            return Symbol(self.script.origins.get(node.id, node.id))
        if any(
            isinstance(each, ast.ClassDef) and each.name == node.id
            for each in self.script.tree.body
        ):
            return Symbol(node.id)
        raise NotLiteralError(f"`{node.id}` is not defined in {self.script.path.name}")

    def _followed(self, name: str, assigned: ast.expr | None) -> Any:
        if assigned is None:
            raise NotLiteralError(f"`{name}` is computed, or assigned more than once")
        if name in self.within:
            raise NotLiteralError(f"`{name}` is defined in terms of itself")
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

    def _attribute(self, node: ast.Attribute) -> Any:
        dotted = self.script.dotted(node)
        if dotted == "sys.argv" and self.script.argv is not None:
            return [str(self.script.path), *self.script.argv]
        root = dotted.partition(".")[0]
        named = isinstance(node.value, ast.Name) and node.value.id in self.script.origins
        if named or (dotted and not self._is_assigned(node)):
            return Symbol(dotted)
        home = self.value(node.value)
        if isinstance(home, PurePosixPath) and node.attr in ("parent", "name", "stem"):
            return getattr(home, node.attr)
        if isinstance(home, Given):
            return home.named(node.attr)
        if isinstance(home, Symbol):
            return Symbol(f"{home.dotted}.{node.attr}")
        raise NotLiteralError(f"line {node.lineno} computes it: `{root or shown(node)}`")

    def _is_assigned(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and (
            node.id == "__file__" or any(node.id in scope for scope in self.scopes)
        )

    def _subscript(self, node: ast.Subscript) -> Any:
        home, key = self.value(node.value), self.value(node.slice)
        if home == _ENVIRON and key in self.script.environment:
            return self.script.environment[key]
        try:
            return home[key]
        except (KeyError, IndexError, TypeError):
            raise NotLiteralError(f"`{shown(node)}` is not defined") from None

    def _call(self, node: ast.Call) -> Any:
        if any(isinstance(item, ast.Starred) for item in node.args):
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`")
        if isinstance(node.func, ast.Attribute):
            if node.func.attr in _PARSING and self.script.given is not None:
                known = self.script.given
                if known.problem is not None:
                    raise NotLiteralError(known.problem)
                return known if node.func.attr == "parse_args" else (known, [])
            found = self._method(node, node.func)
            if found is not None:
                return found
        function = self.script.function(node.func)
        if function is not None:
            return self._returned(node, function)
        name = self.script.dotted(node.func)
        handler = self.script.handlers.get(name) or self.script.handlers.get(
            name.rpartition(".")[2]
        )
        if handler is None:
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node.func)}(…)`")
        positional = [self.value(item) for item in node.args]
        named: dict[str, Any] = {}
        for item in node.keywords:
            value = self.value(item.value)
            named.update(value if item.arg is None else {item.arg: value})
        try:
            return handler(positional, named)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node)}`") from None

    def _method(self, node: ast.Call, method: ast.Attribute) -> Any:
        """Return what a method of a path, a mapping, a string or the environment gives."""
        if method.attr not in _METHODS:
            return None
        home = self._maybe(method.value)
        if isinstance(home, PurePosixPath) and method.attr in _PATH_METHODS:
            return home if method.attr in _SAME_PATH else str(home)
        given = [self.value(each) for each in node.args]
        if home == _ENVIRON or self.script.dotted(method) == "os.getenv":
            return self.script.environment.get(str(given[0])) if given else None
        if isinstance(home, dict) and method.attr in _OF_MAPPINGS and not given:
            return list(getattr(home, method.attr)())
        if isinstance(home, str) and method.attr in _OF_TEXTS and not given:
            return getattr(home, method.attr)()
        return None

    def _returned(self, node: ast.Call, function: Function) -> Any:
        """Return what a function of the script gives back, if its one ``return`` tells."""
        end, name = returned(function), f"{function.name}()"
        if end is None or name in self.within or (node.keywords and node.keywords[-1].arg is None):
            raise NotLiteralError(f"line {node.lineno} computes it: `{shown(node.func)}(…)`")
        bound = {each: self.value(value) for each, value in parameters(function, node).items()}
        script = replace(self.script, bound=bound, made={})
        inner = _Evaluation(
            script=script,
            scopes=script.scopes(function),
            within=[*self.within, name],
            depth=self.depth,
        )
        return inner.value(end)

    def _maybe(self, node: ast.expr) -> Any:
        try:
            return self.value(node)
        except NotLiteralError:
            return None


_TYPES = frozenset({"str", "int", "float", "bool", "bytes", "object"})
_SAME_PATH = frozenset({"resolve", "absolute", "expanduser"})
_PATH_METHODS = _SAME_PATH | {"as_posix", "__str__"}
_OF_MAPPINGS = frozenset({"items", "keys", "values"})
_OF_TEXTS = frozenset({"lower", "upper", "title", "strip", "split"})
_METHODS = _PATH_METHODS | _OF_MAPPINGS | _OF_TEXTS | {"get", "getenv"}
_PARSING = frozenset({"parse_args", "parse_known_args"})
_ENVIRON = Symbol("os.environ")


def _hashable(key: Any) -> Any:
    if isinstance(key, (str, int, float, bool)) or key is None:
        return key
    raise NotLiteralError("a key of a mapping is not a string or a number")
