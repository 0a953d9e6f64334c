"""A call as often as it happens: loops over literals unrolled, parameters taken from callers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mlpack.authoring.importers.bindings import Function, assigned_apart, parameters, situated
from mlpack.authoring.importers.constructors import construction
from mlpack.authoring.importers.literals import Script
from mlpack.authoring.importers.model import Left, unique
from mlpack.authoring.importers.values import NotLiteralError, shown

_DEEPEST = 5
_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """One time that a call happens: names as they are then, and what the text leaves open."""

    script: Script
    left: tuple[Left, ...] = ()


def situations(script: Script, call: ast.Call, within: Function | None) -> list[Situation]:
    """Return the times that a call happens, in order; none where a condition excludes it."""
    return _Unrolling(script).times(call, within, 0)


class _Unrolling:
    def __init__(self, script: Script) -> None:
        self._script = script
        nodes = [script.tree, *(node for node, _ in situated(script.tree))]
        self._above = {id(c): node for node in nodes for c in ast.iter_child_nodes(node)}

    def times(self, node: ast.AST, within: Function | None, depth: int) -> list[Situation]:
        found = self._starts(within, depth) if within else [Situation(script=self._script)]
        for ancestor, child in self._way_down(node, within):
            found = [inner for each in found for inner in _entered(each, ancestor, child, within)]
            if len(found) > _MOST:
                raise NotLiteralError(f"line {ancestor.lineno} runs more than {_MOST} times")
        return found

    def _way_down(
        self, node: ast.AST, within: Function | None
    ) -> Iterator[tuple[ast.stmt, ast.AST]]:
        """Yield the statements between a function, or the module, and a node in it."""
        way: list[tuple[ast.stmt, ast.AST]] = []
        while (above := self._above.get(id(node))) is not None and above is not within:
            if isinstance(above, ast.stmt):
                way.insert(0, (above, node))
            node = above
        yield from way

    def _starts(self, function: Function, depth: int) -> list[Situation]:
        """Return the situations in which a function begins: one for each time it is called."""
        calls = [
            (node, home)
            for node, home in situated(self._script.tree)
            if isinstance(node, ast.Call) and home is not function
            if self._script.function(node.func) is function
        ]
        if not calls or depth > _DEEPEST:
            return [Situation(script=self._script)]
        found: list[Situation] = []
        for call, home in calls:
            found += [
                _called(each, function, call, home) for each in self.times(call, home, depth + 1)
            ]
            if len(found) > _MOST:
                raise NotLiteralError(f"`{function.name}` is called more than {_MOST} times")
        return found


def _called(
    caller: Situation, function: Function, call: ast.Call, home: Function | None
) -> Situation:
    bound: dict[str, Any] = {}
    made: dict[str, Any] = {}
    own = assigned_apart(function)
    for name, value in parameters(function, call).items():
        if name in own:
            continue
        try:
            bound[name] = caller.script.value(value, home)
        except NotLiteralError:
            instance = construction(caller.script, value, home, "__main__")
            if instance is not None:
                made[name] = instance
    return replace(caller, script=replace(caller.script, bound=bound, made=made))


def _entered(
    outside: Situation, node: ast.stmt, child: ast.AST, within: Function | None
) -> list[Situation]:
    """Return the situations inside of a statement, given one outside of it."""
    if isinstance(node, ast.For) and child in node.body:
        return _looped(outside, node, within)
    if isinstance(node, ast.While) and child in node.body:
        return [
            _in_doubt(
                outside, f"the loop of line {node.lineno}", "the number of iterations is unknown"
            )
        ]
    if isinstance(node, ast.If) and child is not node.test:
        return _chosen(outside, node, within, holds=child in node.body)
    return [outside]


def _looped(outside: Situation, loop: ast.For, within: Function | None) -> list[Situation]:
    what = f"the loop of line {loop.lineno} over `{shown(loop.iter)}`"
    try:
        items = outside.script.value(loop.iter, within)
        if not isinstance(items, (list, tuple, dict)):
            raise NotLiteralError("it is not over a list")
        own = assigned_apart(within or outside.script.tree)
        rounds = [dict(_unpacked(loop.target, item, own)) for item in items]
    except NotLiteralError as error:
        return [_in_doubt(outside, what, str(error))]
    if any(isinstance(node, (ast.Continue, ast.Break)) for node in ast.walk(loop)):
        outside = _in_doubt(outside, what, "it may skip items: all are imported")
    script = outside.script
    return [
        replace(outside, script=replace(script, bound={**script.bound, **names}))
        for names in rounds
    ]


def _unpacked(target: ast.expr, item: Any, own: frozenset[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(target, ast.Name) and target.id not in own:
        yield target.id, item
        return
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else []
    if not parts or not isinstance(item, (list, tuple)) or len(parts) != len(item):
        raise NotLiteralError(f"`{shown(target)}` is not a plain name")
    for part, inner in zip(parts, item, strict=True):
        yield from _unpacked(part, inner, own)


def _chosen(
    outside: Situation, node: ast.If, within: Function | None, *, holds: bool
) -> list[Situation]:
    try:
        return [outside] if bool(outside.script.value(node.test, within)) is holds else []
    except NotLiteralError as error:
        what = f"the condition of line {node.lineno} (`{shown(node.test)}`)"
        return [_in_doubt(outside, what, str(error))]


def _in_doubt(outside: Situation, what: str, why: str) -> Situation:
    left = Left(what=what, why=f"{why}; the call in it is assumed to run, use --run to find out")
    return replace(outside, left=unique([*outside.left, left]))
