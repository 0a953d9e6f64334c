"""What one module of Python source says, as values; every fact has its place in the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from mlpack.core.errors import Span

ParameterKind = Literal["positional-only", "positional", "variadic", "keyword-only", "keywords"]
Holder = Literal["artifacts", "model_config"]
How = Literal["item", "get", "get-default", "contains", "opaque"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a function; ``default`` and ``annotation`` are source text.

    ``variadic`` is ``*args``, ``keywords`` is ``**kwargs``; their names carry no asterisk.
    """

    name: str
    kind: ParameterKind
    default: str | None
    annotation: str | None
    span: Span

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is None and self.kind not in ("variadic", "keywords")


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method; ``span`` covers its name."""

    name: str
    parameters: tuple[Parameter, ...]
    """All of them, ``self`` included."""
    returns: str | None
    """The return annotation's source text."""
    decorators: tuple[str, ...]
    docstring: str | None
    span: Span
    is_async: bool = False

    @property
    def given(self) -> tuple[Parameter, ...]:
        """The parameters of a method that a caller gives: all but ``self`` or ``cls``."""
        return self.parameters if "staticmethod" in self.decorators else self.parameters[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """A base class: its source text, and the dotted name that the module's imports make of it.

    ``resolved`` is ``None`` where that cannot be told: a call, a star import, a parameter.
    """

    written: str
    resolved: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFacts:
    """A class that can be imported: at the module's top level, or nested in such a class."""

    name: str
    qualname: str
    bases: tuple[Base, ...]
    methods: tuple[Function, ...]
    attributes: tuple[str, ...]
    """Names that the class's body assigns or imports."""
    decorators: tuple[str, ...]
    metaclass: str | None
    docstring: str | None
    span: Span
    """The class's name."""

    def method(self, name: str) -> Function | None:
        """Return the method of this name that the class itself defines: the last one."""
        return next((each for each in reversed(self.methods) if each.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One imported module.

    ``module`` is its absolute dotted name; for a relative import in a module of unknown name, the
    name as written, with its dots. ``names`` are what ``from module import …`` takes (``*`` too).
    """

    module: str
    names: tuple[str, ...]
    nested: bool
    """Inside a function: it happens only when that is called."""
    guarded: bool
    """The code goes on without it: ``try … except ImportError`` around it, or in that handler."""
    type_checking: bool
    """Under ``if TYPE_CHECKING``: it never happens."""
    conditional: bool
    """Under another condition, such as ``if __name__ == "__main__"``."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A look into ``context.artifacts`` or ``context.model_config``.

    ``key`` is ``None`` where it is no literal, or where the mapping or ``context`` as a whole goes
    elsewhere (``opaque``): then anything may be used.
    """

    holder: Holder
    key: str | None
    how: How
    conditional: bool
    """Under an ``if``, in a ``try``, or where the same key is tested for: it may never happen."""
    owner: str | None
    """The qualname of the class that it stands in."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """A call that writes to a path made from ``__file__``; ``call`` is what is called."""

    call: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Why a string is no Python."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """One module; where it is no Python, ``mistake`` says why and the rest is empty."""

    file: str
    """As shown to the user."""
    module: str | None
    """Its dotted name, where the caller knows it."""
    is_package: bool = False
    docstring: str | None = None
    classes: tuple[ClassFacts, ...] = ()
    functions: tuple[Function, ...] = ()
    """Those at the top level."""
    imports: tuple[Import, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Top-level names that stand for something elsewhere, and its dotted name."""
    defined: frozenset[str] = frozenset()
    """Names that the top level binds, imported ones included."""
    uses: tuple[Use, ...] = ()
    writes: tuple[Write, ...] = ()
    silenced: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """Line → the codes of warnings that a comment ``# mlpack: ignore[code]`` silences there."""
    mistake: Mistake | None = None

    def find(self, qualname: str) -> ClassFacts | None:
        """Return the class of this qualname: the last one that the module defines."""
        return next((each for each in reversed(self.classes) if each.qualname == qualname), None)


# As Python breaks lines: form feeds and the like do not.
_BREAK = re.compile(r"\r\n|\r|\n")
_IGNORE = re.compile(r"#\s*mlpack:\s*ignore\[([\w\s,-]+)\]")


class Text(NamedTuple):
    """A file's text by lines."""

    file: str
    lines: tuple[str, ...]

    def span(self, node: Any) -> Span:
        """Return where a node stands; columns in characters, as everywhere."""
        return Span(
            file=self.file,
            line=node.lineno,
            column=self._column(node.lineno, node.col_offset),
            end_line=node.end_lineno,
            end_column=self._column(node.end_lineno, node.end_col_offset),
        )

    def name_span(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
        """Return where the name of a definition stands; the tree has only the whole."""
        line = self.lines[node.lineno - 1]
        start = self._column(node.lineno, node.col_offset) - 1
        found = re.compile(rf"\b{re.escape(node.name)}\b").search(line, start + 1)
        begin = found.start() if found else start
        return Span(
            file=self.file,
            line=node.lineno,
            column=begin + 1,
            end_line=node.lineno,
            end_column=begin + 1 + len(node.name),
        )

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        # The tree counts bytes of UTF-8.
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode()) + 1


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a source text, as Python counts them."""
    return tuple(_BREAK.split(text))


def silenced(text: str) -> Mapping[int, frozenset[str]]:
    """Return the codes of warnings that comments ``# mlpack: ignore[code]`` name, by line."""
    if "mlpack" not in text:
        return {}
    return {
        number: frozenset(match[1].replace(",", " ").split())
        for number, line in enumerate(lines_of(text), start=1)
        if (match := _IGNORE.search(line))
    }
