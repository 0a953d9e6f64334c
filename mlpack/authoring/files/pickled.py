"""What a pickle says, as plain values: a class is its name, an object what it would be made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Global:
    """Something that is looked up by name when the pickle is loaded."""

    module: str
    name: str

    @property
    def top(self) -> str:
        """The first part of the module."""
        return self.module.partition(".")[0]


@dataclass(slots=True, eq=False)
class Made:
    """An object: what makes it, from what, and what is put into it then."""

    by: Any
    arguments: Any = ()
    state: Any = None
    entries: dict[Any, Any] | None = None
    items: list[Any] | None = None
    raw: bytes | None = None
    """A short array's bytes."""

    @property
    def type(self) -> Global | None:
        """The class, also where the object is made by a function that rebuilds it."""
        for each in (self.by, *self._first()):
            if isinstance(each, Global) and each.module not in ("copyreg", "copy_reg"):
                return each
        return None

    @property
    def attributes(self) -> Mapping[Any, Any]:
        """The object's own attributes, as far as it has a plain state."""
        state = self.state
        if isinstance(state, tuple) and len(state) == 2 and isinstance(state[0], dict):
            state = state[0]
        return state if isinstance(state, dict) else {}

    def _first(self) -> tuple[Any, ...]:
        return self.arguments[:1] if isinstance(self.arguments, tuple) else ()


@dataclass(frozen=True, slots=True)
class Elided:
    """A value too long to keep."""

    length: int


@dataclass(slots=True)
class Pickled:
    """A whole pickle; ``complete`` is false where a limit ended the reading."""

    value: Any
    globals: dict[Global, None]
    objects: list[Made]
    complete: bool = True
