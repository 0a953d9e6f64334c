"""From source text to facts, by Python's own parser."""

from __future__ import annotations

import ast
import warnings
from dataclasses import replace

from mlpack.core.errors import Span
from mlpack.manifest.code.classes import classes, functions
from mlpack.manifest.code.imports import imports, names, package_of
from mlpack.manifest.code.model import Mistake, ModuleFacts, Text, lines_of, silenced
from mlpack.manifest.code.uses import uses, writes
from mlpack.manifest.code.walking import Found, situated


def parse(
    text: str, *, file: str, module: str | None = None, is_package: bool = False
) -> ModuleFacts:
    """Return the facts of a module's text; a syntax error is a fact, no exception.

    ``file`` is the name in spans, ``module`` the dotted name by which relative imports and local
    base classes are resolved. The time is linear in the text's length.
    """
    lines = lines_of(text)
    try:
        with warnings.catch_warnings():
            # Such as for unknown escapes: a matter between the user and their Python.
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        return _broken(error, file, module, lines)
    except (ValueError, RecursionError, MemoryError) as error:
        reason = "contains null bytes" if isinstance(error, ValueError) else "is nested too deeply"
        span = Span(file=file, line=1, column=1, end_line=1, end_column=2)
        mistake = Mistake(message=f"it {reason}", span=span)
        return ModuleFacts(file=file, module=module, mistake=mistake)
    facts = _facts(tree, Text(file=file, lines=lines), module, is_package)
    return replace(facts, silenced=silenced(text))


def _facts(tree: ast.Module, text: Text, module: str | None, is_package: bool) -> ModuleFacts:
    found = situated(tree)
    package = package_of(module, is_package=is_package)
    known = names(tree, found, module, package)
    return ModuleFacts(
        file=text.file,
        module=module,
        is_package=is_package,
        docstring=ast.get_docstring(tree),
        classes=classes(found, text, known),
        functions=functions(tree, text),
        imports=imports(found, text, package),
        names=known,
        defined=frozenset(known) | _bound(tree, found),
        uses=uses(found, text),
        writes=writes(found, text),
    )


def _bound(tree: ast.Module, found: Found) -> set[str]:
    """Return the other names that the top level binds, conditions and loops included."""
    stored = {
        node.id
        for node, where in found[ast.Name]
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not where.function
    }
    defined = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return stored | {node.name for node in ast.iter_child_nodes(tree) if isinstance(node, defined)}


def _broken(
    error: SyntaxError, file: str, module: str | None, lines: tuple[str, ...]
) -> ModuleFacts:
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max(error.offset or 1, 1)
    end = error.end_offset if error.end_lineno == error.lineno and error.end_offset else 0
    span = Span(
        file=file,
        line=line,
        column=column,
        end_line=line,
        end_column=max(end, column + 1),
    )
    words = error.msg.rstrip(".")
    return ModuleFacts(file=file, module=module, mistake=Mistake(message=words, span=span))
