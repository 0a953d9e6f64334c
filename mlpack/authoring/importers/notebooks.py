"""Notebooks as scripts, and a class cut out of one as a module of its own."""

from __future__ import annotations

import ast
import json
import re
import shlex
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from mlpack.authoring.importers.bindings import changed_names
from mlpack.authoring.importers.model import Left
from mlpack.authoring.importers.tables import listed, read_text, table
from mlpack.authoring.importers.values import shown
from mlpack.core.errors import UsageError
from mlpack.manifest.code import Function, chain, parse

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
            why = "they are not run, and what they define is unknown"
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


_PLAIN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A module's text, the modules of the project that it imports, and what to know of it."""

    text: str
    imported: tuple[str, ...]
    left: tuple[Left, ...]

    def init(self, module: str, qualname: str) -> Function | None:
        """Return the ``__init__`` of a class in it."""
        facts = parse(self.text, file=f"{module}.py", module=module)
        found = facts.find(qualname)
        return chain(facts, found, {module: facts}).method("__init__") if found else None


def cut_out(text: str, name: str, folder: Path, origin: str) -> Cut:
    """Return the statements that a class and what it uses are made of."""
    tree = ast.parse(text)
    kept = _needed(tree.body, name)
    lines = text.split("\n")
    parts = [f'"""Cut out of {origin} by mlpack import."""']
    parts += ["\n".join(lines[_start(each) - 1 : each.end_lineno]) for each in kept]
    future = [part for part in parts if part.startswith("from __future__")]
    parts = [parts[0], *dict.fromkeys(future), *(p for p in parts[1:] if p not in future)]
    why = "the class uses it, so it is computed each time the module is imported"
    computed = [each for each in kept if not isinstance(each, _PLAIN) and _calls(each)]
    return Cut(
        text="\n\n".join(parts) + "\n",
        imported=tuple(dict.fromkeys(_local(kept, folder))),
        left=tuple(
            Left(what=f"`{shown(each)}` of line {each.lineno}", why=why) for each in computed
        ),
    )


def _needed(body: list[ast.stmt], name: str) -> list[ast.stmt]:
    wanted, kept = {name}, set[int]()
    while True:
        new = [at for at, each in enumerate(body) if at not in kept and _makes(each, wanted)]
        if not new:
            return [body[at] for at in sorted(kept)]
        kept.update(new)
        wanted |= {used for at in new for used in _used(body[at])}


def _makes(node: ast.stmt, wanted: set[str]) -> bool:
    if isinstance(node, ast.ImportFrom) and node.module == "__future__":
        return True
    if _saves(node) and not isinstance(node, _PLAIN):
        return False
    return bool(wanted & {*_bound(node), *changed_names(node)})


def _bound(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in its module."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    for each in ast.walk(node):
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            yield each.name


def _used(node: ast.stmt) -> set[str]:
    """Return the names of the module that a statement reads, in its functions too."""
    top = symtable.symtable(ast.unparse(node), "", "exec")
    waiting, found = [top], set[str]()
    while waiting:
        scope = waiting.pop()
        own = [each for each in scope.get_symbols() if each.is_referenced()]
        found |= {each.get_name() for each in own if scope is top or each.is_global()}
        waiting += scope.get_children()
    return found


def _saves(node: ast.stmt) -> bool:
    calls = [each.func for each in ast.walk(node) if isinstance(each, ast.Call)]
    return any(ast.unparse(each).endswith(("save_model", "log_model")) for each in calls)


def _calls(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _start(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def _local(kept: list[ast.stmt], folder: Path) -> Iterator[str]:
    """Yield the files and folders of the project that the statements import."""
    for node in (inner for each in kept for inner in ast.walk(each)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module or ""]
        for top in (name.partition(".")[0] for name in names):
            if (folder / f"{top}.py").is_file():
                yield f"{top}.py"
            elif (folder / top).is_dir():
                yield top
