"""A signature completed in the manifest's own text: what is written there stays, comments too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlpack.core.errors import ManifestError, Span
from mlpack.manifest.document import Document, join, parse
from mlpack.manifest.writing import flow_text, key_text

Fields = Mapping[str, Sequence[Mapping[str, Any]]]
_Edit = tuple[int, str]


def with_signature(document: Document, text: str, whole: Fields) -> str:
    """Return a manifest's text with a signature that has all fields of ``whole``.

    ``document`` is what was read from ``text``, or a variant's view of it; the fields that it has
    are the first of each side.
    """
    at = document.origin("/signature")
    if document.place("/signature") is None:
        return f"{text.rstrip()}\n\n{key_text('signature', whole)}"
    text = text if text.endswith("\n") else f"{text}\n"
    completed = _inserted(text, list(_edits(_Text(document, text, at), whole)))
    if _reads_as(completed, at, whole):
        return completed
    return _replaced(document, text, whole)


class _Text:
    """The signature's place in the text, in offsets and lines."""

    def __init__(self, document: Document, text: str, at: str) -> None:
        self.document, self.text, self.at = document, text, at
        self.lines = text.splitlines(keepends=True)
        self.data = document.data["signature"]

    def span(self, *keys: str | int) -> Span:
        return self.document.places[join(self.at, *keys)].value

    def start(self, span: Span) -> int:
        return sum(map(len, self.lines[: span.line - 1])) + span.column - 1

    def inside(self, span: Span) -> int:
        """Return where the last entry ends, of a list or mapping in brackets."""
        end = sum(map(len, self.lines[: span.end_line - 1])) + span.end_column - 1
        return len(self.text[: end - 1].rstrip())

    def below(self, span: Span) -> int:
        """Return where the line below a block starts: before the comments that follow it."""
        last = span.end_line - (1 if span.end_column == 1 else 0)
        while last > span.line and self.lines[last - 1].split("#")[0].strip() == "":
            last -= 1
        return sum(map(len, self.lines[:last]))


def _edits(text: _Text, whole: Fields) -> Iterator[_Edit]:
    for side, fields in whole.items():
        own = text.data.get(side)
        if own is None:
            yield _side(text, side, fields)
        elif len(fields) > len(own):
            yield _items(text, side, fields[len(own) :], len(own))


def _items(text: _Text, side: str, fields: Sequence[Mapping[str, Any]], known: int) -> _Edit:
    span = text.span(side)
    if text.text[text.start(span)] == "[":
        return _behind(text, span, ", ".join(map(flow_text, fields)))
    line = text.lines[text.span(side, known - 1).line - 1]
    margin = line[: len(line) - len(line.lstrip())]
    items = "".join(f"{margin}- {flow_text(field)}\n" for field in fields)
    return text.below(text.span(side, known - 1)), items


def _side(text: _Text, side: str, fields: Sequence[Mapping[str, Any]]) -> _Edit:
    span = text.span()
    if text.text[text.start(span)] == "{":
        return _behind(text, span, f"{side}: {flow_text(fields)}")
    return text.below(span), key_text(side, fields, indent=span.column - 1)


def _behind(text: _Text, span: Span, entries: str) -> _Edit:
    end = text.inside(span)
    before = {"[": "", "{": "", ",": " "}.get(text.text[end - 1], ", ")
    return end, f"{before}{entries}"


def _inserted(text: str, edits: Sequence[_Edit]) -> str:
    parts, done = [], 0
    for offset, piece in sorted(edits, key=lambda edit: edit[0]):
        parts += [text[done:offset], piece]
        done = offset
    return "".join([*parts, text[done:]])


def _reads_as(text: str, at: str, whole: Fields) -> bool:
    """Tell whether the text is read as it was meant: a comment may have swallowed an entry."""
    try:
        found: Any = parse(text, file="mlpack.yaml").data
        for key in at.split("/")[1:]:
            found = found[key]
    except (ManifestError, AttributeError, KeyError, TypeError):
        return False
    return {side: fields for side, fields in found.items() if fields} == whole


def _replaced(document: Document, text: str, whole: Fields) -> str:
    place = document.place("/signature")
    assert place is not None  # noqa: S101 - asked before
    lines = text.splitlines(keepends=True)
    key = place.key or place.value
    last = place.value.end_line - (1 if place.value.end_column == 1 else 0)
    block = key_text("signature", whole, indent=key.column - 1)
    return "".join(lines[: key.line - 1]) + block + "".join(lines[last:])
