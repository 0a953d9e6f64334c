"""The parser's complaints in words that say what to do."""

from __future__ import annotations

import re
from typing import Any

from mlpack.errors import Problem, Related, Span

_FLOW = "Close the bracket, and separate what stands inside by commas."
_INDENT = "Indent keys of one mapping (or `-` of one list) to the same column, with spaces."
_QUOTE = 'Quote the text: "…".'

# Beginnings of libyaml's sentences, and of those of PyYAML's own parser where they differ.
_SENTENCES: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "A `:` begins a value where none can stand",
        "Quote a text that contains `: `, put a space behind a key's colon, or indent it rightly.",
    ),
    (
        "could not find expected ':'",
        "A key without its `:`",
        "Write `key: value`, with a space behind the colon.",
    ),
    ("did not find expected ',' or", "A bracket opened here is not closed", _FLOW),
    ("expected ',' or", "A bracket opened here is not closed", _FLOW),
    (
        "did not find expected key",
        "What stands here fits neither the line above nor its indentation",
        _INDENT,
    ),
    (
        "did not find expected '-' indicator",
        "What stands here fits neither the list above nor its indentation",
        _INDENT,
    ),
    (
        "expected <block end>",
        "What stands here fits neither the line above nor its indentation",
        _INDENT,
    ),
    (
        "found unexpected end of stream",
        "The quote opened here is never closed",
        "Close the quote on the same line.",
    ),
    (
        "found unknown escape character",
        "This escape is unknown inside double quotes",
        "Write `\\\\` for a backslash, or use single quotes.",
    ),
    ("found character", "An unquoted text cannot begin with this character", _QUOTE),
    (
        "did not find expected alphabetic or numeric character",
        "The name of an anchor (`&`) or alias (`*`) holds letters, digits, `-` and `_` only",
        "Quote a text that begins with `&` or `*`.",
    ),
    ("found undefined tag handle", "An unquoted text cannot begin with `!`", _QUOTE),
    ("did not find expected node content", "A value is missing here, or a bracket too many", _FLOW),
    ("expected the node content", "A value is missing here, or a bracket too many", _FLOW),
)
_AT_OPENING = (
    "did not find expected ',' or",
    "expected ',' or",
    "found unexpected end of stream",
    "did not find expected alphabetic or numeric character",
    "could not find expected ':'",
)
_TOO_DEEP = "exceeded maximum nesting depth"


def explain(error: Any, *, text: str, file: str) -> Problem:
    """Return the finding for a ``yaml.MarkedYAMLError`` raised over ``text``."""
    said = error.problem or "the text is not YAML"
    mark = error.problem_mark or error.context_mark
    lines = text.splitlines() or [""]
    line = lines[mark.line] if mark.line < len(lines) else ""
    if line[: mark.column + 1].strip(" ") == "\t" or re.match(r" *\t", line):
        return _tab(line, mark.line + 1, file)
    if said.startswith(_TOO_DEEP):
        return _too_deep(_span(mark, file))
    if said.startswith("did not find expected key") and (slip := _slip(line, mark.column)):
        return _problem(*slip, mark, mark, file)
    for beginning, message, hint in _SENTENCES:
        if said.startswith(beginning):
            opening = error.context_mark if beginning in _AT_OPENING else None
            # Past the last line there is nothing to show.
            noticed = mark if line.strip() or opening is None else opening
            return _problem(message, hint, opening or mark, noticed, file)
    return _problem(f"This is not YAML: {said}", "Correct the line.", mark, mark, file)


def _tab(line: str, number: int, file: str) -> Problem:
    column = line.index("\t") + 1
    span = Span(file=file, line=number, column=column, end_line=number, end_column=column + 1)
    return Problem(
        code="tab",
        message="A tab indents this line, and YAML allows only spaces",
        span=span,
        hint="Replace the tab by spaces.",
    )


def _slip(line: str, column: int) -> tuple[str, str] | None:
    """Return what is wrong where a line goes on after its value's end."""
    found, before = line[column : column + 1], line[:column].rstrip()
    if found in "]})" and found:
        return f"A `{found}` too many", "Remove it, or open it before."
    if found == ":" and not before:
        return "A key is missing before the `:`", "Write `key: value`."
    if before.endswith("'"):
        return "The text ended at the quote before this", "Write a quote inside quotes twice: ''."
    if before.endswith('"'):
        return "The text ended at the quote before this", 'Write a quote inside quotes as \\".'
    return None


def _too_deep(span: Span) -> Problem:
    return Problem(
        code="too-deep",
        message="The nesting is deeper than YAML's own reader can follow",
        span=span,
        hint="Flatten the structure; no key of a manifest needs such a depth.",
    )


def _problem(message: str, hint: str, at: Any, found: Any, file: str) -> Problem:
    related = () if at is found else (Related(message="noticed here", span=_span(found, file)),)
    return Problem(
        code="yaml-syntax", message=message, span=_span(at, file), hint=hint, related=related
    )


def _span(mark: Any, file: str) -> Span:
    return Span(
        file=file,
        line=mark.line + 1,
        column=mark.column + 1,
        end_line=mark.line + 1,
        end_column=mark.column + 2,
    )
