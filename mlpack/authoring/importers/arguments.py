"""What a command line gives a script, where its ``argparse`` parser makes that plain."""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NoReturn

from mlpack.authoring.importers.bindings import Function, situated
from mlpack.authoring.importers.literals import Script
from mlpack.authoring.importers.values import Given, NotLiteralError, Symbol, shown

Call = tuple[ast.Call, Function | None]
_TYPES: Mapping[str, Callable[[str], Any]] = {
    "str": str, "int": int, "float": float, "bool": bool, "json.loads": json.loads,
    "pathlib.Path": PurePosixPath, "pathlib.PurePath": PurePosixPath,
}  # fmt: skip
_UNFIT = "the script's arguments do not match its parser"
_ACTIONS = frozenset(
    {"store", "store_true", "store_false", "store_const", "append", "append_const", "extend",
     "count"}
)  # fmt: skip
# What argparse raises where a declaration makes no sense to it.
_REFUSALS = (
    ValueError, TypeError, AttributeError, LookupError, AssertionError, argparse.ArgumentError
)  # fmt: skip
_ABOUT_HELP = frozenset(
    {"help", "metavar", "prog", "usage", "description", "epilog", "formatter_class", "add_help",
     "exit_on_error", "title"}
)  # fmt: skip


def given_to(script: Script, words: Sequence[str]) -> Given | None:
    """Return what the words are to the script's parser; ``None`` where it has none."""
    calls = [(node, home) for node, home in situated(script.tree) if isinstance(node, ast.Call)]
    calls.sort(key=lambda each: (each[0].lineno, each[0].col_offset))
    made = [each for each in calls if _is_parser(script, each[0])]
    if not made:
        return None
    try:
        if len(made) > 1:
            raise NotLiteralError("the script has several parsers")
        return Given(values=_Reading(script).parsed(made[0], calls, words))
    except NotLiteralError as error:
        return Given(problem=str(error))


def _is_parser(script: Script, call: ast.Call) -> bool:
    return script.dotted(call.func) == "argparse.ArgumentParser"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise NotLiteralError(f"{_UNFIT}: {message}")


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


class _Reading:
    """Makes the parser that the script describes; a type of the script's own is not called."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def parsed(self, made: Call, calls: Sequence[Call], words: Sequence[str]) -> dict[str, Any]:
        parser = self._made(made)
        for call, home in calls:
            if _method(call) == "add_argument":
                self._add(parser, call, home)
            elif _method(call) == "set_defaults":
                parser.set_defaults(**dict(self._values(call, home)))
            elif _method(call) == "add_subparsers":
                raise NotLiteralError(f"line {call.lineno} adds subcommands to the parser")
        try:
            if any(_method(call) == "parse_known_args" for call, _ in calls):
                return vars(parser.parse_known_args(list(words))[0])
            return vars(parser.parse_args(list(words)))
        except _REFUSALS as error:
            raise NotLiteralError(f"{_UNFIT}: {error}") from None

    def _made(self, made: Call) -> _Parser:
        named = self._named(made)
        if "fromfile_prefix_chars" in named:
            raise NotLiteralError("its parser reads arguments from files")
        try:
            return _Parser(add_help=False, **named)
        except _REFUSALS:
            raise NotLiteralError(f"line {made[0].lineno} creates another parser") from None

    def _add(self, parser: _Parser, call: ast.Call, home: Function | None) -> None:
        flags = [self._script.value(each, home) for each in call.args]
        try:
            parser.add_argument(*flags, **self._named((call, home)))
        except _REFUSALS:
            why = f"line {call.lineno} declares an argument in a custom way"
            raise NotLiteralError(why) from None

    def _named(self, call: Call) -> dict[str, Any]:
        node, home = call
        found: dict[str, Any] = {}
        for each in node.keywords:
            if each.arg == "type":
                found["type"] = self._type(each.value)
            elif each.arg == "action":
                found["action"] = self._action(each.value, home)
            elif each.arg == "default":
                found["default"] = self._default(each.value, home)
            elif each.arg == "choices":
                found["choices"] = self._choices(each.value, home)
            elif each.arg not in _ABOUT_HELP:
                if each.arg is None or each.arg == "parents":
                    raise NotLiteralError(f"line {node.lineno} declares arguments elsewhere")
                found[each.arg] = self._script.value(each.value, home)
        return found

    def _type(self, node: ast.expr) -> Callable[[str], Any]:
        known = _TYPES.get(self._script.dotted(node))
        # The value is not known, and whoever asks for it is told why.
        unknown = NotLiteralError(f"line {node.lineno} computes it with `{shown(node)}`")
        return known or (lambda _: unknown)

    def _action(self, node: ast.expr, home: Function | None) -> Any:
        if self._script.dotted(node) == "argparse.BooleanOptionalAction":
            return argparse.BooleanOptionalAction
        action = self._script.value(node, home)
        if isinstance(action, Symbol) or action not in _ACTIONS:
            raise NotLiteralError(f"line {node.lineno} has a custom action")
        return action

    def _default(self, node: ast.expr, home: Function | None) -> Any:
        try:
            return self._script.value(node, home)
        except NotLiteralError as error:
            return error

    def _choices(self, node: ast.expr, home: Function | None) -> Any:
        found = self._default(node, home)
        return None if isinstance(found, NotLiteralError) else found

    def _values(self, call: ast.Call, home: Function | None) -> Iterator[tuple[str, Any]]:
        for each in call.keywords:
            if each.arg is not None:
                yield each.arg, self._default(each.value, home)
