"""A pickle's opcodes as acts on a stack of plain values: nothing is imported or called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlpack.authoring.files.pickled import Global, Made, Pickled
from mlpack.authoring.files.streams import CutError

_SCALARS = (str, int, float, bool, bytes, type(None))
_MARK = object()
_BROKEN = "its opcodes do not fit together"


class Stack:
    """The stack and the memo of one pickle, and what was seen on the way."""

    def __init__(self, found: Pickled) -> None:
        self.found = found
        self._values: list[Any] = []
        self._memo: dict[int, Any] = {}

    def push(self, value: Any) -> None:
        """Put a value on the stack."""
        self._values.append(value)

    def pop(self) -> Any:
        """Take the value on top."""
        if not self._values:
            raise CutError(_BROKEN)
        return self._values.pop()

    def top(self) -> Any:
        """Return the value on top, which stays."""
        if not self._values:
            raise CutError(_BROKEN)
        return self._values[-1]

    def bottom(self) -> Any:
        """Return what would become the pickle's value, as far as it is made."""
        return next((each for each in self._values if isinstance(each, (Made, dict))), None)

    def marked(self) -> list[Any]:
        """Take what is on the stack above the last mark."""
        found: list[Any] = []
        while (each := self.pop()) is not _MARK:
            found.append(each)
        return found[::-1]

    def remember(self, index: int | None) -> None:
        """Keep the top for later, under its number or the next one."""
        self._memo[len(self._memo) if index is None else index] = self.top()

    def recall(self, index: int) -> None:
        """Put back what was kept."""
        self._values.append(self._memo[index])

    def look_up(self, module: Any, name: Any) -> None:
        """Put a name on the stack in place of what it stands for."""
        known = isinstance(module, str) and isinstance(name, str)
        found = Global(module, name) if known else Global("?", "?")
        self.found.globals[found] = None
        self._values.append(found)

    def make(self, by: Any, arguments: Any) -> None:
        """Put on the stack what calling ``by`` would give."""
        made = Made(by, arguments)
        self.found.objects.append(made)
        self._values.append(made)


def _add_entries(stack: Stack, pairs: list[Any]) -> None:
    holder = stack.top()
    if isinstance(holder, Made):
        holder.entries = {} if holder.entries is None else holder.entries
    entries = holder.entries if isinstance(holder, Made) else holder
    if not isinstance(entries, dict):
        return
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        # Hashing what a pickle nests may go deeper than the stack.
        if isinstance(key, _SCALARS):
            entries[key] = value


def _add_items(stack: Stack, items: list[Any]) -> None:
    holder = stack.top()
    if isinstance(holder, Made):
        holder.items = [] if holder.items is None else holder.items
        holder.items.extend(items)
    elif isinstance(holder, list):
        holder.extend(items)


def _taken(count: int) -> Callable[[Stack, Any], None]:
    def act(stack: Stack, argument: Any) -> None:
        found = [stack.pop() for _ in range(count)]
        stack.push(tuple(found[::-1]))

    return act


def _pushed(value: Any) -> Callable[[Stack, Any], None]:
    return lambda stack, argument: stack.push(value)


def _called(stack: Stack, argument: Any) -> None:
    arguments, by = stack.pop(), stack.pop()
    stack.make(by, arguments)


def _called_with_words(stack: Stack, argument: Any) -> None:
    stack.pop()
    _called(stack, argument)


def _dropped(stack: Stack, argument: Any) -> None:
    stack.pop()


def _set_item(stack: Stack, argument: Any) -> None:
    value, key = stack.pop(), stack.pop()
    _add_entries(stack, [key, value])


def _append(stack: Stack, argument: Any) -> None:
    value = stack.pop()
    _add_items(stack, [value])


def _stack_global(stack: Stack, argument: Any) -> None:
    name, module = stack.pop(), stack.pop()
    stack.look_up(module, name)


def _instance(stack: Stack, argument: Any) -> None:
    arguments = tuple(stack.marked())
    stack.look_up(*str(argument).split(" ", 1))
    stack.make(stack.pop(), arguments)


def _object(stack: Stack, argument: Any) -> None:
    by, *arguments = stack.marked()
    stack.make(by, tuple(arguments))


def _dict_of(pairs: list[Any]) -> dict[Any, Any]:
    entries = zip(pairs[::2], pairs[1::2], strict=False)
    return {key: value for key, value in entries if isinstance(key, _SCALARS)}


ACTIONS: Mapping[str, Callable[[Stack, Any], None]] = {
    "MARK": _pushed(_MARK),
    "POP": _dropped,
    "POP_MARK": lambda stack, argument: stack.marked().clear(),
    "DUP": lambda stack, argument: stack.push(stack.top()),
    "NONE": _pushed(None),
    "NEWTRUE": _pushed(True),
    "NEWFALSE": _pushed(False),
    "EMPTY_TUPLE": _pushed(()),
    "EMPTY_LIST": lambda stack, argument: stack.push([]),
    "EMPTY_DICT": lambda stack, argument: stack.push({}),
    "EMPTY_SET": lambda stack, argument: stack.push([]),
    "TUPLE": lambda stack, argument: stack.push(tuple(stack.marked())),
    "TUPLE1": _taken(1),
    "TUPLE2": _taken(2),
    "TUPLE3": _taken(3),
    "LIST": lambda stack, argument: stack.push(stack.marked()),
    "FROZENSET": lambda stack, argument: stack.push(stack.marked()),
    "DICT": lambda stack, argument: stack.push(_dict_of(stack.marked())),
    "APPEND": _append,
    "APPENDS": lambda stack, argument: _add_items(stack, stack.marked()),
    "ADDITEMS": lambda stack, argument: _add_items(stack, stack.marked()),
    "SETITEM": _set_item,
    "SETITEMS": lambda stack, argument: _add_entries(stack, stack.marked()),
    "PUT": lambda stack, argument: stack.remember(argument),
    "BINPUT": lambda stack, argument: stack.remember(argument),
    "LONG_BINPUT": lambda stack, argument: stack.remember(argument),
    "MEMOIZE": lambda stack, argument: stack.remember(None),
    "GET": lambda stack, argument: stack.recall(argument),
    "BINGET": lambda stack, argument: stack.recall(argument),
    "LONG_BINGET": lambda stack, argument: stack.recall(argument),
    "GLOBAL": lambda stack, argument: stack.look_up(*str(argument).split(" ", 1)),
    "STACK_GLOBAL": _stack_global,
    "INST": _instance,
    "OBJ": _object,
    "REDUCE": _called,
    "NEWOBJ": _called,
    "NEWOBJ_EX": _called_with_words,
    "PERSID": lambda stack, argument: stack.push(Made("persistent", (argument,))),
    "BINPERSID": lambda stack, argument: stack.push(Made("persistent", (stack.pop(),))),
    "PROTO": lambda stack, argument: None,
    "FRAME": lambda stack, argument: None,
    "NEXT_BUFFER": _pushed(None),
    "READONLY_BUFFER": lambda stack, argument: None,
}
