"""A class cut out of a notebook: what of the cells it needs, as a module of its own."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlpack.code import Function, chain, parse
from mlpack.importers.bindings import changed_names
from mlpack.importers.model import Left
from mlpack.importers.values import shown

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
    why = "the class uses it: it is computed whenever the module is imported"
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
