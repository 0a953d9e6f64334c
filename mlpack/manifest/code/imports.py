"""What a module imports, what its names stand for, and the imports that it begins with."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mlpack.manifest.code.model import Import, Text
from mlpack.manifest.code.walking import Found, Situation, dotted


def imports(found: Found, text: Text, package: str | None) -> tuple[Import, ...]:
    """Return the imports in the order of the text; ``package`` resolves relative ones."""
    made = [
        *(each for node, where in found[ast.Import] for each in _plain(node, where, text)),
        *(_from(node, where, text, package) for node, where in found[ast.ImportFrom]),
    ]
    return tuple(sorted(made, key=lambda each: (each.span.line, each.span.column)))


def names(
    tree: ast.Module, found: Found, module: str | None, package: str | None
) -> dict[str, str]:
    """Return the names that the top level binds to something with a dotted name."""
    known: dict[str, str] = {}
    for node, where in [*found[ast.Import], *found[ast.ImportFrom]]:
        if where.function is None and where.owner is None:
            known.update(_bound(node, package))
    for definition in tree.body:
        if isinstance(definition, ast.ClassDef) and module:
            known[definition.name] = f"{module}.{definition.name}"
        elif isinstance(definition, ast.ClassDef):
            known[definition.name] = definition.name
        elif isinstance(definition, ast.Assign):
            known.update(_aliases(definition, known))
    return known


def resolved(written: str | None, known: Mapping[str, str]) -> str | None:
    """Return the dotted name of something from its name in the module, ``None`` if unknown."""
    if written is None:
        return None
    first, dot, rest = written.partition(".")
    return f"{known[first]}{dot}{rest}" if first in known else None


def package_of(module: str | None, *, is_package: bool) -> str | None:
    """Return the package that relative imports in a module start from."""
    if module is None:
        return None
    return module if is_package else module.rpartition(".")[0]


def _plain(node: ast.AST, where: Situation, text: Text) -> Iterator[Import]:
    assert isinstance(node, ast.Import)  # noqa: S101 - by this type it was found
    for alias in node.names:
        yield _import(alias.name, (), node, where, text)


def _from(node: ast.AST, where: Situation, text: Text, package: str | None) -> Import:
    assert isinstance(node, ast.ImportFrom)  # noqa: S101 - by this type it was found
    taken = tuple(alias.name for alias in node.names)
    return _import(_origin(node, package), taken, node, where, text)


def _import(
    module: str, taken: tuple[str, ...], node: ast.stmt, where: Situation, text: Text
) -> Import:
    return Import(
        module=module,
        names=taken,
        nested=where.function is not None,
        guarded=where.guarded,
        type_checking=where.type_checking,
        conditional=where.conditional,
        span=text.span(node),
    )


def _origin(node: ast.ImportFrom, package: str | None) -> str:
    written = node.module or ""
    if not node.level:
        return written
    parts = package.split(".") if package else []
    if len(parts) < node.level:
        return "." * node.level + written
    base = ".".join(parts[: len(parts) - node.level + 1])
    return f"{base}.{written}" if written else base


def _bound(node: ast.AST, package: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (first, first)
    elif isinstance(node, ast.ImportFrom):
        origin = _origin(node, package)
        for alias in node.names:
            yield alias.asname or alias.name, f"{origin}.{alias.name}"


def _aliases(node: ast.Assign, known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    meant = resolved(dotted(node.value), known)
    for target in node.targets:
        if meant and isinstance(target, ast.Name):
            yield target.id, meant


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
