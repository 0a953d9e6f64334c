"""The requirements that a manifest lists itself, under `dependencies`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mlpack.authoring.editing.listing import (
    Bracketed,
    Item,
    Lines,
    UneditableError,
    line_break,
    line_start,
    replaced,
)
from mlpack.core.errors import Span
from mlpack.manifest.document import Document, parse
from mlpack.manifest.writing import scalar_text

SHORT, LONG = "/dependencies", "/dependencies/requirements"
# Without quotes YAML reads it as the same string, outside brackets and between them.
_PLAIN = re.compile(r"[A-Za-z0-9][\w.<>=!~,+*\[\]-]*")
_PLAIN_INSIDE = re.compile(r"[A-Za-z0-9][\w.<>=!~+*-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestListing:
    """The list at one pointer; ``body`` is ``None`` where the key is still to be written."""

    document: Document
    at: str
    body: Bracketed | Lines | None

    @property
    def items(self) -> tuple[Item, ...]:
        """The entries."""
        return self.body.items if self.body else ()

    @property
    def rest(self) -> Any:
        """The document without the list."""
        data = dict(self.document.data)
        if self.at == SHORT:
            del data["dependencies"]
            return data
        stated = {**data["dependencies"]}
        stated.pop("requirements", None)
        return {**data, "dependencies": stated}

    def inserted(self, index: int, requirement: str) -> str:
        """Return the text with one more entry."""
        if self.body is None:
            return _with_key(self.document, _token(requirement, None, inside=True))
        return self.body.inserted(index, self._token(requirement))

    def replaced(self, index: int, requirement: str) -> str:
        """Return the text with another entry in place of one."""
        item = self.items[index]
        return replaced(self.document.text, item, self._token(requirement, item))

    def removed(self, index: int) -> str:
        """Return the text without one entry; a list of lines that has none left becomes ``[]``."""
        assert self.body is not None  # noqa: S101 - there is an entry
        text = self.body.removed(index)
        if isinstance(self.body, Bracketed) or len(self.items) > 1:
            return text
        place = self.document.places[self.at]
        assert place.key is not None  # noqa: S101 - both lists have a key
        colon = self.document.text.index(":", _end(self.document.text, place.key))
        return f"{text[: colon + 1]} []{text[colon + 1 :]}"

    def _token(self, requirement: str, like: Item | None = None) -> str:
        near = like or (self.items[-1] if self.items else None)
        quoted = None if near is None else self.document.text[near.start : near.end]
        return _token(requirement, quoted, inside=isinstance(self.body, Bracketed))


def manifest_listing(text: str, file: str) -> ManifestListing:
    """Return the list in a manifest's text, or where it is to be; raises ``UneditableError``."""
    document = parse(text, file=file)
    stated = document.data["dependencies"]
    at = SHORT if isinstance(stated, list) else LONG
    if at == LONG and "requirements" not in stated:
        return ManifestListing(document=document, at=at, body=None)
    return ManifestListing(document=document, at=at, body=_body(document, at))


def _body(document: Document, at: str) -> Bracketed | Lines:
    text, whole = document.text, document.places[at].value
    start, end = _start(text, whole), _end(text, whole)
    items = tuple(_items(document, at))
    inside = all(start <= item.start and item.end <= end for item in items)
    if inside and text[start] == "[" and text[end - 1] == "]":
        return Bracketed(text=text, opening=start, closing=end - 1, items=items)
    margins = {text[line_start(text, item.start) : item.start] for item in items}
    if (
        not inside
        or text[start] != "-"
        or not all(re.fullmatch(r" *- +", each) for each in margins)
    ):
        raise UneditableError(
            f"the list of requirements in {document.file} cannot be edited as it is written",
            hint="edit it by hand, then run `mlpack lock`",
        )
    return Lines(text=text, items=items)


def _items(document: Document, at: str) -> list[Item]:
    value = document.data["dependencies"]
    listed = value if at == SHORT else value["requirements"]
    spans = [document.places[f"{at}/{index}"].value for index in range(len(listed))]
    text = document.text
    return [
        Item(text=said, start=_start(text, span), end=_end(text, span))
        for said, span in zip(listed, spans, strict=True)
    ]


def _with_key(document: Document, token: str) -> str:
    """Return the text with the key `requirements`, as the first one under `dependencies`."""
    text, whole = document.text, document.places[SHORT].value
    start = _start(text, whole)
    if text[start] == "{":
        more = ", " if document.data["dependencies"] else ""
        return f"{text[: start + 1]}requirements: [{token}]{more}{text[start + 1 :]}"
    margin = text[line_start(text, start) : start]
    return f"{text[:start]}requirements: [{token}]{line_break(text, start)}{margin}{text[start:]}"


def _token(requirement: str, near: str | None, *, inside: bool) -> str:
    """Return a requirement as YAML, with the quotes of the one nearby where that is possible."""
    quote = near[0] if near and near[0] in "'\"" else ""
    if quote and quote not in requirement and "\\" not in requirement:
        return f"{quote}{requirement}{quote}"
    plain = _PLAIN_INSIDE if inside else _PLAIN
    return requirement if plain.fullmatch(requirement) else scalar_text(requirement)


def _start(text: str, span: Span) -> int:
    return _offset(text, span.line, span.column)


def _end(text: str, span: Span) -> int:
    return _offset(text, span.end_line, span.end_column)


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        found = _YAML_BREAK.search(text, at)
        if found is None:
            break
        at = found.end()
    return at + column - 1


_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
