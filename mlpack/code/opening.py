"""The imports that a module begins with, before it does anything else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

Imported = tuple[str, tuple[str, ...]]
"""A module's dotted name, and the names that ``from module import …`` takes of it."""
Imports = Sequence[Imported]


@dataclass(frozen=True, slots=True)
class Opening:
    """``imports`` in their order; ``whole`` where the module holds nothing but them."""

    imports: tuple[Imported, ...]
    whole: bool


def opening(source: bytes, local: Collection[str] = ()) -> Opening:
    """Return the imports that stand before the first other statement of a module.

    They happen whenever the module is imported, and nothing that it does can come before them. An
    import of one of the top-level modules ``local`` is another statement: what it does is not
    known. What is no Python has no imports.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Opening((), whole=False)
    has_docstring = ast.get_docstring(tree, clean=False) is not None
    found: list[Imported] = []
    for statement in tree.body[has_docstring:]:
        modules = list(_imported(statement))
        if not modules or any(module.partition(".")[0] in local for module, _ in modules):
            return Opening(tuple(found), whole=False)
        found.extend(each for each in modules if each[0] != "__future__")
    return Opening(tuple(found), whole=True)


def _imported(statement: ast.stmt) -> Iterator[Imported]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield alias.name, ()
    elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        yield statement.module, tuple(alias.name for alias in statement.names)
