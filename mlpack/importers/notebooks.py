"""Notebooks as scripts: the code of their cells, without what only a notebook understands."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from mlpack.errors import UsageError
from mlpack.importers.model import Left
from mlpack.importers.tables import listed, read_text, table

_MARK = re.compile(r"# (%%|In\[[\d ]*\]|COMMAND -{5,}|Databricks notebook source)")
_CELL_MAGIC = re.compile(r"\s*%%(\w+)(.*)")
_ABOUT_CODE = frozenset({"time", "timeit", "capture", "prun"})
_MAGIC = re.compile(r"(\s*)((?:[\w, ]+=\s*)?[%!].*|\?.*|[\w.]+\?{1,2}\s*)")
_EXPORTED = re.compile(
    r"""(\s*)get_ipython\(\)\.(?:system|getoutput|run_line_magic|run_cell_magic)\((.*)\)\s*"""
)
_COMMENTED = re.compile(r"()# MAGIC\s+([%!].*)")
_INSTALL = re.compile(r"[%!]?\s*(?:uv\s+)?(?:python3?\s+-m\s+)?pip3?\s+install\s+(.*)")


@dataclass(slots=True, kw_only=True)
class Notebook:
    """The code, line by line as in the cells; a command of the notebook's is a comment there.

    ``starts`` are the lines where cells begin, empty where the file's own lines count.
    """

    text: str
    starts: tuple[int, ...] = ()
    python: str | None = None
    commands: list[str] = field(default_factory=list)
    installs: list[str] = field(default_factory=list)

    def placed(self, words: str) -> str:
        """Return a sentence with its lines as those of cells."""
        return re.sub(r"\bline (\d+)\b", self._place, words) if self.starts else words

    def _place(self, found: re.Match[str]) -> str:
        line = int(found[1])
        cell = max((at for at, start in enumerate(self.starts) if start <= line), default=0)
        return f"line {line - self.starts[cell] + 1} of cell {cell + 1}"

    def to_run(self) -> str:
        """Return the code as a program of its own."""
        first, _, rest = self.text.partition("\n")
        return (
            self.text if first.strip() and not first.startswith("#") else f"display=print\n{rest}"
        )

    def left(self) -> Iterator[Left]:
        """Yield the notebook's commands that are not understood."""
        if self.commands:
            said = ", ".join(f"`{each}`" for each in self.commands)
            why = "none of them runs, and what they define is not known"
            yield Left(what=f"the notebook's commands {said}", why=why)


def read_notebook(path: Path) -> Notebook | None:
    """Return a notebook, or a script that was one; ``None`` for any other script."""
    if path.suffix == ".ipynb":
        return _from_json(path)
    text = read_text(path)
    lines = text.split("\n")
    marked = [at for at, line in enumerate(lines) if _MARK.match(line)]
    if not marked and (_is_python(text) or not any(_MAGIC.fullmatch(line) for line in lines)):
        return None
    made = Notebook(text="")
    bounds = [0, *marked, len(lines)]
    cells = [lines[one:two] for one, two in pairwise(bounds)]
    made.text = "\n".join(line for cell in cells for line in _cleaned(cell, made))
    return made


def _from_json(path: Path) -> Notebook:
    try:
        content = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is not a notebook: {error}") from None
    language = table(content, "metadata", "language_info")
    if str(language.get("name", "python")) != "python":
        raise UsageError(f"{path} is a notebook in {language['name']}, not in Python")
    version = language.get("version")
    made = Notebook(text="", python=None if version is None else str(version))
    lines, starts = [f"# The cells of {path.name}"], []
    for cell in listed(content, "cells"):
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            starts.append(len(lines) + 1)
            lines += _cleaned(_source(cell.get("source")).split("\n"), made)
    made.text, made.starts = "\n".join(lines) + "\n", tuple(starts)
    return made


def _source(stated: Any) -> str:
    return "".join(map(str, stated)) if isinstance(stated, list) else str(stated or "")


def _cleaned(lines: list[str], into: Notebook) -> list[str]:
    """Return a cell's lines with the notebook's commands as comments, and note these."""
    at = next((at for at, line in enumerate(lines) if line.strip() and line[:1] != "#"), 0)
    whole = _CELL_MAGIC.fullmatch(lines[at]) if lines else None
    if whole is not None:
        into.commands.append(lines[at].strip())
        if whole[1] not in _ABOUT_CODE:
            return [f"# {line}" for line in lines]
        lines = [*lines[:at], f"# {lines[at]}", *lines[at + 1 :]]
    raw = not _is_python("\n".join(lines))
    made: list[str] = []
    command = ""
    for line in lines:
        found = _EXPORTED.fullmatch(line) or _COMMENTED.fullmatch(line)
        found = found or (_MAGIC.fullmatch(line) if raw else None)
        if found is None and not command.endswith("\\"):
            made.append(line)
            continue
        command = _command(found[2]) if found else command[:-1] + line.strip()
        if not command.endswith("\\"):
            _note(command, into)
        made.append(f"{found[1]}pass  # {line.strip()}" if found else f"# {line.strip()}")
    return made


def _command(said: str) -> str:
    """Return a command as it is typed; an export gives it as arguments."""
    try:
        words = ast.literal_eval(f"({said},)")
    except (ValueError, SyntaxError):
        return said.strip()
    return "%" + " ".join(str(word) for word in words if isinstance(word, str)).strip()


def _note(command: str, into: Notebook) -> None:
    found = _INSTALL.fullmatch(command)
    if found is None:
        into.commands.append(command)
        return
    words = shlex.split(found[1], comments=True)
    while words:
        word = words.pop(0)
        if word in ("-r", "-c") and words:
            word = f"{word} {words.pop(0)}"
        if not word.startswith("-") or word.startswith("-r"):
            into.installs.append(word)
        elif word not in ("-q", "-qq", "-U", "--quiet", "--upgrade"):
            into.commands.append(f"pip install {word}")


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
