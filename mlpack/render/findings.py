"""Problems as a compiler shows them: place, excerpt, caret, way out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from mlpack.core.errors import MlpackError, ModelError, Problem, Related, Span
from mlpack.core.redaction import masked
from mlpack.render import style

_TAB = 4
_WIDEST = 120
"""A longer line is cut on both sides of the token."""
_BEFORE = 40
_CUT = "…"


def rows_of(text: str | None) -> list[str]:
    """Return the lines of a string, none for ``None``."""
    # Only the breaks that YAML counts: splitlines() would also break at form feeds and the like.
    return [] if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def excerpt(span: Span, rows: list[str]) -> list[str]:
    """Return the lines that show ``span`` among ``rows``; none where they do not reach it."""
    if not 1 <= span.line <= len(rows):
        return []
    row = masked(rows[span.line - 1])
    begin = min(span.column - 1, len(row))
    end = span.end_column - 1 if span.end_line == span.line else len(row)
    shown, before, marked = _window(row, begin, max(begin, begin + len(row[begin:end].rstrip())))
    number = str(span.line)
    gutter = " " * len(number)
    caret = style("^" * max(1, marked), "red", "bold")
    return [f"{gutter} |", f"{number} | {shown}", f"{gutter} | {' ' * before}{caret}"]


def _window(row: str, begin: int, end: int) -> tuple[str, int, int]:
    """Return the part of ``row`` to show, the columns before the token, and those of the token."""
    first, last = 0, len(row)
    if _width(row) > _WIDEST:
        while first < begin and _width(row[first:begin]) > _BEFORE:
            first += 1 + max(0, begin - first - 2 * _BEFORE)
        last = _fitting(row, first)
    head, tail = _CUT if first else "", _CUT if last < len(row) else ""
    before = len(head) + _width(row[first:begin])
    marked = _width(row[begin : min(end, last)])
    return f"{head}{_shown(row[first:last])}{tail}", before, marked


def _fitting(row: str, first: int) -> int:
    """Return where a line that begins at ``first`` is full."""
    taken = 0
    for index in range(first, len(row)):
        taken += _char_width(row[index])
        if taken > _WIDEST:
            return index
    return len(row)


def printable(text: str) -> str:
    """Return ``text`` with a stand-in for each character that could steer a terminal."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else "�" for char in text)


def _shown(row: str) -> str:
    return printable(row.replace("\t", " " * _TAB))


def _width(text: str) -> int:
    return len(text) if text.isascii() and "\t" not in text else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if char == "\t":
        return _TAB
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


Sources = Callable[[str], "str | None"]
"""Gives the text of a file that a span names, or ``None`` where it cannot be had."""

Rows = Callable[[str], list[str]]
_COLOURS = {"error": "red", "warning": "yellow"}


def full(problems: Iterable[Problem], sources: Sources) -> str:
    """Render each problem with its line of source, a caret under the token, and its hint."""
    known: dict[str, list[str]] = {}

    def rows(file: str) -> list[str]:
        if file not in known:
            known[file] = rows_of(sources(file))
        return known[file]

    return "\n".join(_full(problem, rows) for problem in problems)


def concise(problems: Iterable[Problem]) -> str:
    """Render one line a problem: ``file:line:column: error[code]: message``."""
    return "".join(f"{_headline(problem)}\n" for problem in problems)


def error_text(error: MlpackError, sources: Sources) -> str:
    """Render an error: its findings where it has any, else its sentence, details and way out."""
    if error.problems:
        return full(error.problems, sources)
    lines, mark = [f"{_styled('error', 'error')}: {error.message}"], ""
    # The traceback of a model shows where it failed.
    if error.span is not None and not isinstance(error, ModelError):
        lines, mark = [f"{_place(error.span)}: {lines[0]}"], "= "
        lines += excerpt(error.span, rows_of(sources(error.span.file)))
    if error.details:
        lines += [f"  {line}".rstrip() for line in error.details.splitlines()]
    if error.hint:
        lines.append(f"  {mark}{style('help', 'bold')}: {error.hint}")
    return "\n".join(lines) + "\n"


def _full(problem: Problem, rows: Rows) -> str:
    lines = [_headline(problem)]
    if problem.span is not None:
        lines += excerpt(problem.span, rows(problem.span.file))
    for related in problem.related:
        lines += _related(related, rows)
    if problem.hint:
        first, *more = problem.hint.splitlines()
        lines.append(f"  = {style('help', 'bold')}: {printable(first)}")
        lines += [f"          {printable(line)}" for line in more]
    return "\n".join(lines) + "\n"


def _headline(problem: Problem) -> str:
    place = "" if problem.span is None else f"{_place(problem.span)}: "
    kind = _styled(f"{problem.severity}[{problem.code}]", problem.severity)
    return f"{place}{kind}: {printable(problem.message)}"


def _related(related: Related, rows: Rows) -> list[str]:
    return [
        f"  = note: {printable(related.message)}, at {_place(related.span)}",
        *excerpt(related.span, rows(related.span.file)),
    ]


def _place(span: Span) -> str:
    return f"{printable(span.file)}:{span.line}:{span.column}"


def _styled(text: str, severity: str) -> str:
    return style(text, _COLOURS[severity], "bold")
