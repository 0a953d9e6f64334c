"""Problems as a compiler shows them: place, excerpt, caret, way out."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from mlpack.errors import MlpackError, Problem, Related, Span
from mlpack.render.ansi import style

Sources = Callable[[str], "str | None"]
"""Gives the text of a file that a span names, or ``None`` where it cannot be had."""

_TAB = 4
_COLOURS = {"error": "red", "warning": "yellow"}


def full(problems: Iterable[Problem], sources: Sources) -> str:
    """Render each problem with its line of source, a caret under the token, and its hint."""
    return "\n".join(_full(problem, sources) for problem in problems)


def concise(problems: Iterable[Problem]) -> str:
    """Render one line a problem: ``file:line:column: error[code]: message``."""
    return "".join(f"{_headline(problem)}\n" for problem in problems)


def error_text(error: MlpackError, sources: Sources) -> str:
    """Render an error: its findings where it has any, else its sentence, details and way out."""
    if error.problems:
        return full(error.problems, sources)
    lines = [f"{_styled('error', 'error')}: {error.message}"]
    if error.details:
        lines += [f"  {line}".rstrip() for line in error.details.splitlines()]
    if error.hint:
        lines.append(f"  {style('help', 'bold')}: {error.hint}")
    return "\n".join(lines) + "\n"


def _full(problem: Problem, sources: Sources) -> str:
    lines = [_headline(problem)]
    if problem.span is not None:
        lines += _excerpt(problem.span, sources)
    for related in problem.related:
        lines += _related(related, sources)
    if problem.hint:
        lines.append(f"  = {style('help', 'bold')}: {problem.hint}")
    return "\n".join(lines) + "\n"


def _headline(problem: Problem) -> str:
    place = "" if problem.span is None else f"{_place(problem.span)}: "
    kind = _styled(f"{problem.severity}[{problem.code}]", problem.severity)
    return f"{place}{kind}: {problem.message}"


def _related(related: Related, sources: Sources) -> list[str]:
    return [
        f"  = note: {related.message}, at {_place(related.span)}",
        *_excerpt(related.span, sources),
    ]


def _place(span: Span) -> str:
    return f"{span.file}:{span.line}:{span.column}"


def _excerpt(span: Span, sources: Sources) -> list[str]:
    text = sources(span.file)
    # Only the breaks that YAML counts: splitlines() would also break at form feeds and the like.
    rows = [] if text is None else text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not 1 <= span.line <= len(rows):
        return []
    row = rows[span.line - 1]
    end = span.end_column if span.end_line == span.line else len(row) + 1
    before = _width(row[: span.column - 1])
    marked = max(1, _width(row[span.column - 1 : end - 1].rstrip()))
    number = str(span.line)
    gutter = " " * len(number)
    caret = style("^" * marked, "red", "bold")
    return [f"{gutter} |", f"{number} | {_shown(row)}", f"{gutter} | {' ' * before}{caret}"]


def _shown(row: str) -> str:
    return "".join(
        " " * _TAB if char == "\t" else char if char.isprintable() else "�" for char in row
    )


def _width(text: str) -> int:
    return sum(_char_width(char) for char in text)


def _char_width(char: str) -> int:
    if char == "\t":
        return _TAB
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _styled(text: str, severity: str) -> str:
    return style(text, _COLOURS[severity], "bold")
