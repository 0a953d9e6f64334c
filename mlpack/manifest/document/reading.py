"""From bytes to a document: decoding, parsing, one walk over the tree, errors explained."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from mlpack.core.errors import ManifestError, Problem, Related, Span
from mlpack.manifest.document.model import Document, Place, join
from mlpack.manifest.document.nodes import Composer, Node

# What YAML 1.2 calls not printable; lone surrogates cannot be written as UTF-8 either.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: bytes | str, *, file: str) -> Document:
    """Return the one YAML document in ``text``, shown to the user as ``file``.

    Raises ``ManifestError`` whose ``problems`` say what is wrong, all at once.
    """
    document, problems = scan(text, file=file)
    if document is None or problems:
        raise ManifestError(f"{file} is not a valid manifest.", problems=problems)
    return document


def scan(text: bytes | str, *, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return what can be read and every problem; the document is ``None`` where nothing can."""
    try:
        decoded = _decode(text, file) if isinstance(text, bytes) else text.removeprefix("\ufeff")
        _refuse_control(decoded, file)
        root, problems = _compose(decoded, file)
    except ManifestError as error:
        return None, error.problems
    places: dict[str, Place] = {}
    content = _walk(root, "", None, places)
    return Document(file=file, text=decoded, data=content, places=places), problems


def _compose(text: str, file: str) -> tuple[Node, tuple[Problem, ...]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = Composer(yaml.parse(text, Loader=loader), file=file)
    try:
        root = composer.compose()
    except yaml.MarkedYAMLError as error:
        found = [*composer.problems, explain(error, text=text, file=file)]
        raise ManifestError(f"{file} is not a valid manifest.", problems=found) from None
    if root is None:
        _stop("empty-file", "The file is empty", "Begin it with `mlpack: 1`.", text, 0, file)
    return root, tuple(composer.problems)


def _walk(node: Node, pointer: str, key: Span | None, places: dict[str, Place]) -> Any:
    places[pointer] = Place(key=key, value=node.span, source=node.source)
    if isinstance(node.value, dict):
        return {
            name: _walk(child, join(pointer, name), span, places)
            for name, (span, child) in node.value.items()
        }
    if isinstance(node.value, list):
        return [_walk(child, join(pointer, i), None, places) for i, child in enumerate(node.value)]
    return node.value


def _decode(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        message = (
            "The file is UTF-16, not UTF-8"
            if wide
            else f"The byte 0x{raw[error.start]:02x} is not valid UTF-8"
        )
        _stop("not-utf8", message, "Save the file as UTF-8.", before, len(before), file)


def _refuse_control(text: str, file: str) -> None:
    found = _CONTROL.search(text)
    if found:
        message = f"The control character U+{ord(found[0]):04X} is not allowed in YAML"
        hint = "Remove it, or write it as an escape sequence in double quotes."
        _stop("control-character", message, hint, text, found.start(), file)


def _stop(code: str, message: str, hint: str, text: str, offset: int, file: str) -> NoReturn:
    before = text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    span = Span(file=file, line=line, column=column, end_line=line, end_column=column + 1)
    problem = Problem(code=code, message=message, span=span, hint=hint)
    raise ManifestError(f"{file} is not a valid manifest.", problems=[problem])


_FLOW = "Close the bracket, and separate its entries with commas."
_INDENT = "Indent the keys of a mapping (or the `-` of a list) to the same column, with spaces."
_QUOTE = 'Quote the string: "…".'

# Beginnings of libyaml's sentences, and of those of PyYAML's own parser where they differ.
_SENTENCES: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "Unexpected `:`: a mapping cannot start here",
        "Quote a string that contains `: `, add a space after the colon, or fix the indentation.",
    ),
    (
        "could not find expected ':'",
        "Missing `:` after a key",
        "Write `key: value`, with a space after the colon.",
    ),
    ("did not find expected ',' or", "This bracket is never closed", _FLOW),
    ("expected ',' or", "This bracket is never closed", _FLOW),
    (
        "did not find expected key",
        "Unexpected content or indentation: expected a key",
        _INDENT,
    ),
    (
        "did not find expected '-' indicator",
        "Unexpected content or indentation: expected a list entry (`-`)",
        _INDENT,
    ),
    (
        "expected <block end>",
        "Unexpected content or indentation: expected a key",
        _INDENT,
    ),
    (
        "found unexpected end of stream",
        "This quote is never closed",
        "Close the quote on the same line.",
    ),
    (
        "found unknown escape character",
        "Unknown escape sequence in a double-quoted string",
        "Write `\\\\` for a backslash, or use single quotes.",
    ),
    ("found character", "An unquoted string cannot start with this character", _QUOTE),
    (
        "did not find expected alphabetic or numeric character",
        "The name of an anchor (`&`) or alias (`*`) may contain only letters, digits, `-`, and `_`",
        "Quote a string that starts with `&` or `*`.",
    ),
    ("found undefined tag handle", "An unquoted string cannot start with `!`", _QUOTE),
    ("did not find expected node content", "Missing value, or an extra bracket", _FLOW),
    ("expected the node content", "Missing value, or an extra bracket", _FLOW),
)
_AT_OPENING = (
    "did not find expected ',' or",
    "expected ',' or",
    "found unexpected end of stream",
    "did not find expected alphabetic or numeric character",
    "could not find expected ':'",
)
_TOO_DEEP = "exceeded maximum nesting depth"
_MERGE = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?= |\r?$)", re.MULTILINE)


def explain(error: Any, *, text: str, file: str) -> Problem:
    """Return the finding for a ``yaml.MarkedYAMLError`` raised over ``text``."""
    marker = _MERGE.search(text)
    if marker:
        return _merge_marker(marker, file)
    said = error.problem or "invalid YAML"
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
    return _problem(f"Invalid YAML: {said}", "Fix the line.", mark, mark, file)


def _merge_marker(found: re.Match[str], file: str) -> Problem:
    line = found.string.count("\n", 0, found.start()) + 1
    span = Span(file=file, line=line, column=1, end_line=line, end_column=len(found[0]) + 1)
    return Problem(
        code="yaml-syntax",
        message="A merge left its conflict markers here",
        span=span,
        hint="Keep what is right of both sides, and remove the markers.",
    )


def _tab(line: str, number: int, file: str) -> Problem:
    column = line.index("\t") + 1
    span = Span(file=file, line=number, column=column, end_line=number, end_column=column + 1)
    return Problem(
        code="tab",
        message="This line is indented with a tab, but YAML allows only spaces",
        span=span,
        hint="Replace the tab with spaces.",
    )


def _slip(line: str, column: int) -> tuple[str, str] | None:
    """Return what is wrong where a line goes on after its value's end."""
    found, before = line[column : column + 1], line[:column].rstrip()
    if found in "]})" and found:
        return f"Unexpected `{found}`", "Remove it, or add the opening bracket."
    if found == ":" and not before:
        return "Missing key before `:`", "Write `key: value`."
    if before.endswith("'"):
        return (
            "The string already ended at the quote before this",
            "Double a quote inside single quotes: ''.",
        )
    if before.endswith('"'):
        return (
            "The string already ended at the quote before this",
            'Escape a quote inside double quotes: \\".',
        )
    return None


def _too_deep(span: Span) -> Problem:
    return Problem(
        code="too-deep",
        message="The nesting is too deep for the YAML parser",
        span=span,
        hint="Flatten the structure.",
    )


def _problem(message: str, hint: str, at: Any, found: Any, file: str) -> Problem:
    related = () if at is found else (Related(message="detected here", span=_span(found, file)),)
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
