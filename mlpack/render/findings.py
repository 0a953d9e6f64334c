"""Problems as a compiler shows them: place, excerpt, caret, way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlpack.errors import MlpackError, Problem, Related, Span
from mlpack.render.ansi import style
from mlpack.render.excerpts import excerpt, printable, rows_of

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
    lines = [f"{_styled('error', 'error')}: {error.message}"]
    if error.details:
        lines += [f"  {line}".rstrip() for line in error.details.splitlines()]
    if error.hint:
        lines.append(f"  {style('help', 'bold')}: {error.hint}")
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
