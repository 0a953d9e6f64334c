"""What GitHub shows on the page of a run: tables with links, no longer than it takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mlpack.core.errors import Problem, Span
from mlpack.render.moves import move_table
from mlpack.render.reports import seconds_text, size_text
from mlpack.render.structured import plain

LIMIT = 1 << 20
"""The bytes that GitHub takes for a step; a longer summary is not shown at all."""
_REST = 200
"""Bytes kept for saying what was left out."""
_LONGEST = 1000
"""Characters of a message: the log has all of it."""
_MARKUP = re.compile(r"[\\*_<>\[\]&~]")
# A digest is told by its beginning, as git does.
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A repository as a run has it: its folder, and the address of its files at this commit."""

    top: Path | None = None
    address: str | None = None

    def shown(self, path: str) -> str:
        """Return a path from the repository's top, where it is below it."""
        inside = self.top is not None and Path(path).is_relative_to(self.top)
        return Path(path).relative_to(self.top or "").as_posix() if inside else path

    def link(self, text: str, path: str, line: int | None = None) -> str:
        """Return ``text`` as a link to a file of the repository, or as it is."""
        if self.address is None or Path(path).is_absolute():
            return text
        anchor = "" if line is None else f"#L{line}"
        return f"[{text}]({self.address}/{quote(path)}{anchor})"


def github_summary(
    problems: Sequence[Problem],
    results: Mapping[str, Any],
    checkout: Checkout,
    *,
    room: int = LIMIT,
) -> str:
    """Return the Markdown: a row a finding, and a row for each thing that came of the run.

    It has at most ``room`` bytes, and says how many rows it leaves out.
    """
    page = _Page(room=room - _REST)
    # What failed is what a reader looks for; warnings can wait.
    urgent = any(problem.severity == "error" for problem in problems)
    if urgent:
        page.findings(problems, checkout)
    for key, found in results.items():
        page.results(key, found if isinstance(found, (list, tuple)) else [found], checkout)
    if not urgent:
        page.findings(problems, checkout)
    if not page.lines:
        page.lines.append("### mlpack: no findings")
    if page.left_out:
        page.lines += ["", f"{page.left_out} more rows do not fit here: see the log."]
    return "\n".join(page.lines).rstrip() + "\n\n"


@dataclass(slots=True, kw_only=True)
class _Page:
    room: int
    lines: list[str] = field(default_factory=list)
    left_out: int = 0

    def table(self, title: str, columns: Sequence[str], rows: Iterable[str]) -> None:
        """Add a table, as many of its rows as there is room for."""
        head = [
            f"### mlpack: {title}",
            "",
            f"| {' | '.join(columns)} |",
            "|---" * len(columns) + "|",
        ]
        self._add(head, 0)
        for row in rows:
            self._add([row], 1)
        self._add([""], 0)

    def findings(self, problems: Sequence[Problem], checkout: Checkout) -> None:
        """Add a table of findings, if there are any."""
        rows = (_finding(problem, checkout) for problem in problems)
        if problems:
            self.table("findings", ("location", "finding", "fix"), rows)

    def results(self, title: str, found: Sequence[Any], checkout: Checkout) -> None:
        """Add a table of reports, and below it what moved in each."""
        records = [_record(each) for each in found]
        columns = list(dict.fromkeys(key for record in records for key in record))
        rows = (
            f"| {' | '.join(_cells(report, record, columns, checkout))} |"
            for report, record in zip(found, records, strict=True)
        )
        if columns:
            self.table(title, columns, rows)
        for report in found:
            moved = move_table(plain(getattr(report, "moved", ())))
            if moved:
                self._add([f"**{checkout.shown(str(report.path))}**", *moved, ""], len(moved) - 3)

    def _add(self, lines: list[str], rows: int) -> None:
        size = sum(len(line.encode()) + 1 for line in lines)
        # Once something is left out, what follows it is too: a table without its head is none.
        if self.left_out or size > self.room:
            self.left_out += rows
            return
        self.room -= size
        self.lines += lines


def _finding(problem: Problem, checkout: Checkout) -> str:
    kind = f"**{problem.severity}[{problem.code}]**"
    cells = (
        _location(problem.span, checkout),
        f"{kind} {_text(problem.message)}",
        _text(problem.hint or ""),
    )
    return f"| {' | '.join(cells)} |"


def _location(span: Span | None, checkout: Checkout) -> str:
    if span is None:
        return ""
    shown = _cell(f"`{span.file}:{span.line}:{span.column}`")
    return checkout.link(shown, span.file, span.line)


def _record(report: Any) -> dict[str, Any]:
    told = plain(report)
    if not isinstance(told, dict):
        return {"result": told}
    return {key: value for key, value in told.items() if isinstance(value, (str, int, float))}


def _cells(
    report: Any, record: Mapping[str, Any], columns: Sequence[str], checkout: Checkout
) -> Iterator[str]:
    place = getattr(report, "place", None)
    for index, key in enumerate(columns):
        value = record.get(key, "")
        cell = _value(key, checkout.shown(value) if isinstance(value, str) else value)
        if index == 0 and place is not None:
            cell = checkout.link(cell, checkout.shown(str(Path(place.file).resolve())), place.line)
        yield cell


def _value(key: str, value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        written = {"size": size_text, "seconds": seconds_text}.get(key, str)
        return written(value)
    short = _DIGEST.sub(r"\1…", value)
    return _cell(f"`{short}`") if value else ""


def _text(text: str) -> str:
    """Return a message as it is, whatever Markdown would make of it; code stays code."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    parts = short.split("`")
    # An odd one out begins no code.
    outside = range(0, len(parts), 2) if len(parts) % 2 else range(len(parts))
    for index in outside:
        parts[index] = _MARKUP.sub(r"\\\g<0>", parts[index])
    return _cell(("`" if len(parts) % 2 else "\\`").join(parts))


def _cell(text: str) -> str:
    # A pipe ends a cell even between backticks.
    return " ".join(text.replace("|", "\\|").split())
