"""The parser's events as a tree of nodes, bounded in depth and in what aliases may grow to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from mlpack.core.errors import ManifestError, Problem, Related, Span
from mlpack.manifest.document.scalars import Scalar, ScalarError, resolve

MAX_DEPTH = 64
MAX_ALIASED = 10_000

_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
}
_MERGE_HINT = "Write out the keys, or use `variants`, which override the manifest's own keys."


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A value with its place; ``size`` counts the nodes in it, aliases followed."""

    span: Span
    value: Scalar | list[Node] | dict[str, tuple[Span, Node]]
    source: str | None = None
    size: int = 1


class Composer:
    """Builds one document's tree; ``problems`` gathers what does not stop the reading."""

    def __init__(self, events: Iterator[Any], *, file: str) -> None:
        self.problems: list[Problem] = []
        self._events = events
        self._file = file
        self._anchors: dict[str, Node | None] = {}
        self._real = 0
        self._widest: Node | None = None

    def compose(self) -> Node | None:
        """Return the only document's root, or ``None`` where there is none.

        Raises ``ManifestError`` for what cannot be read on: depth, aliases, a second document.
        """
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._stop(
                        "many-documents",
                        event,
                        "A second YAML document starts here",
                        "Keep a single document in the file, and remove the `---`.",
                    )
                root = self._node(next(self._events), 0)
        if root is not None and root.size - self._real > MAX_ALIASED:
            widest = self._widest or root
            self._stop_at(
                "alias-bomb",
                widest.span,
                f"The aliases in this file expand to more than {MAX_ALIASED:,} values, "
                "most of them here",
                "Write out the values instead of repeating them with `*`.",
            )
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            self._stop(
                "too-deep",
                event,
                f"The nesting is more than {MAX_DEPTH} levels deep",
                "Flatten the structure.",
            )
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        self._real += 1
        if event.anchor:
            self._anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._mapping(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            self._stop(
                "unknown-alias",
                event,
                f"Undefined alias: expected an anchor `&{event.anchor}` before it",
                "Quote a string that starts with `*`, or define the anchor above.",
            )
        node = self._anchors[event.anchor]
        if node is None:
            self._stop(
                "alias-cycle",
                event,
                f"The alias `*{event.anchor}` refers to itself",
                "Write out the value.",
            )
        copy = Node(span=self._span(event), value=node.value, source=node.source, size=node.size)
        if self._widest is None or copy.size > self._widest.size:
            self._widest = copy
        return copy

    def _scalar(self, event: Any) -> Node:
        span = self._span(event)
        plain = event.style is None or event.style == ""
        value: Scalar = event.value
        try:
            if event.tag and event.tag != "!":
                value = self._tagged(event)
            elif plain and not event.tag:
                value = resolve(event.value)
        except ScalarError as error:
            self.problems.append(
                Problem(code=error.code, message=error.message, span=span, hint=error.hint)
            )
        return Node(span=span, value=value, source=event.value if plain else None)

    def _tagged(self, event: Any) -> Scalar:
        kind = event.tag.removeprefix(_CORE)
        if kind == "str":
            return str(event.value)
        if kind not in _SCALAR_TAGS:
            self._refuse_tag(event)
            return str(event.value)
        value = resolve(event.value)
        if type(value) not in _SCALAR_TAGS[kind]:
            raise ScalarError(
                "bad-tag",
                f"`{event.value}` does not match the tag `!!{kind}`",
                "Remove the tag.",
            )
        return value

    def _sequence(self, event: Any, depth: int) -> Node:
        if event.tag not in (None, "!", _CORE + "seq"):
            self._refuse_tag(event)
        items: list[Node] = []
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(item, depth + 1))
        size = 1 + sum(child.size for child in items)
        return Node(span=self._extent(event, item, items), value=items, size=size)

    def _mapping(self, event: Any, depth: int) -> Node:
        if event.tag not in (None, "!", _CORE + "map"):
            self._refuse_tag(event)
        entries: dict[str, tuple[Span, Node]] = {}
        values: list[Node] = []
        while not isinstance(item := next(self._events), yaml.MappingEndEvent):
            key = self._node(item, depth + 1)
            value = self._node(next(self._events), depth + 1)
            values.append(value)
            self._enter(entries, key, value)
        size = 1 + sum(child.size for child in values)
        return Node(span=self._extent(event, item, values), value=entries, size=size)

    def _enter(self, entries: dict[str, tuple[Span, Node]], key: Node, value: Node) -> None:
        if key.source == "<<":
            self._report(
                "merge-key", key.span, "Merge keys (`<<`) are not part of YAML 1.2", _MERGE_HINT
            )
        elif not isinstance(key.value, str):
            self._report("key-not-text", key.span, _key_message(key), _key_hint(key))
        elif key.value in entries:
            first = entries[key.value][0]
            self._report(
                "duplicate-key",
                key.span,
                f"The key `{key.value}` is defined twice",
                "Remove one of the two.",
                Related(message="first defined here", span=first),
            )
        else:
            entries[key.value] = (key.span, value)

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace(_CORE, "!!")
        self._report(
            "unknown-tag",
            self._span(event),
            f"The tag `{tag}` is not supported",
            "Use plain strings, numbers, lists, and mappings.",
        )

    def _extent(self, start: Any, end: Any, children: list[Node]) -> Span:
        # A block collection's end event stands at the next token, lines further down.
        if end.start_mark.index == end.end_mark.index and children:
            last = children[-1].span
            return Span(
                file=self._file,
                line=start.start_mark.line + 1,
                column=start.start_mark.column + 1,
                end_line=last.end_line,
                end_column=last.end_column,
            )
        return Span(
            file=self._file,
            line=start.start_mark.line + 1,
            column=start.start_mark.column + 1,
            end_line=end.end_mark.line + 1,
            end_column=end.end_mark.column + 1,
        )

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        return Span(
            file=self._file,
            line=start.line + 1,
            column=start.column + 1,
            end_line=end.line + 1,
            end_column=end.column + 1,
        )

    def _report(self, code: str, span: Span, message: str, hint: str, *related: Related) -> None:
        self.problems.append(
            Problem(code=code, message=message, span=span, hint=hint, related=related)
        )

    def _stop(self, code: str, event: Any, message: str, hint: str) -> NoReturn:
        self._stop_at(code, self._span(event), message, hint)

    def _stop_at(self, code: str, span: Span, message: str, hint: str) -> NoReturn:
        problem = Problem(code=code, message=message, span=span, hint=hint)
        raise ManifestError(
            f"{self._file} is not a valid manifest.", problems=[*self.problems, problem]
        )


def _key_hint(key: Node) -> str:
    if key.source is None:
        return "Write `key: value` with a plain key; quote a string that starts with `{` or `[`."
    return f'Quote it: "{key.source}".' if key.source else "Write a key before the `:`."


def _key_message(key: Node) -> str:
    if key.source is None:
        return "A key must be a string, not a list or a mapping"
    kind = {bool: "a boolean", type(None): "null"}.get(type(key.value), "a number")
    return f"A key must be a string, but `{key.source}` is {kind}"
