"""From the tree's offsets to places in the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mlpack.errors import Span

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
