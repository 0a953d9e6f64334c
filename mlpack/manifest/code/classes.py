"""Classes, functions and their parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from mlpack.manifest.code.imports import resolved
from mlpack.manifest.code.model import Base, ClassFacts, Function, Parameter, ParameterKind, Text
from mlpack.manifest.code.walking import Found, dotted, last_name

_Def = (ast.FunctionDef, ast.AsyncFunctionDef)


def classes(found: Found, text: Text, known: Mapping[str, str]) -> tuple[ClassFacts, ...]:
    """Return the classes that can be imported, in the order of the text."""
    made = []
    for node, where in found[ast.ClassDef]:
        assert isinstance(node, ast.ClassDef)  # noqa: S101 - by this type it was found
        if where.function is None:
            qualname = f"{where.owner}.{node.name}" if where.owner else node.name
            made.append(_class(node, qualname, text, known))
    return tuple(made)


def functions(tree: ast.Module, text: Text) -> tuple[Function, ...]:
    """Return the functions of the top level."""
    return tuple(function(node, text) for node in tree.body if isinstance(node, _Def))


def function(node: ast.FunctionDef | ast.AsyncFunctionDef, text: Text) -> Function:
    """Return the facts of one function."""
    return Function(
        name=node.name,
        parameters=tuple(_parameters(node.args, text)),
        returns=ast.unparse(node.returns) if node.returns else None,
        decorators=_decorators(node),
        docstring=ast.get_docstring(node),
        span=text.name_span(node),
        is_async=isinstance(node, ast.AsyncFunctionDef),
    )


def _class(node: ast.ClassDef, qualname: str, text: Text, known: Mapping[str, str]) -> ClassFacts:
    metaclass = [each.value for each in node.keywords if each.arg == "metaclass"]
    return ClassFacts(
        name=node.name,
        qualname=qualname,
        bases=tuple(_base(base, text, known) for base in node.bases),
        methods=tuple(function(each, text) for each in _definitions(node.body)),
        attributes=tuple(_assigned(node.body)),
        decorators=_decorators(node),
        metaclass=ast.unparse(metaclass[0]) if metaclass else None,
        docstring=ast.get_docstring(node),
        span=text.name_span(node),
    )


def _base(node: ast.expr, text: Text, known: Mapping[str, str]) -> Base:
    # `Base[int]` is a Base.
    bare = node.value if isinstance(node, ast.Subscript) else node
    written = dotted(bare)
    meant = resolved(written, known)
    if meant is None and written in ("object", "Exception", "dict", "list", "tuple", "str", "int"):
        meant = f"builtins.{written}"
    return Base(written=ast.unparse(node), resolved=meant, span=text.span(node))


def _definitions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the methods of a class's body, those under `if` and `try` included."""
    for node in body:
        if isinstance(node, _Def):
            yield node
        elif isinstance(node, (ast.If, ast.Try)):
            yield from _definitions([*node.body, *node.orelse])


def _assigned(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name for alias in node.names)


def _decorators(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> tuple[str, ...]:
    plain = [each.func if isinstance(each, ast.Call) else each for each in node.decorator_list]
    return tuple(dotted(each) or last_name(each) or ast.unparse(each) for each in plain)


def _parameters(arguments: ast.arguments, text: Text) -> Iterator[Parameter]:
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = [None] * (len(positional) - len(arguments.defaults))
    defaults = [*missing, *arguments.defaults]
    for index, (each, default) in enumerate(zip(positional, defaults, strict=True)):
        only = index < len(arguments.posonlyargs)
        yield _parameter(each, "positional-only" if only else "positional", default, text)
    if arguments.vararg:
        yield _parameter(arguments.vararg, "variadic", None, text)
    for each, default in zip_longest(arguments.kwonlyargs, arguments.kw_defaults):
        yield _parameter(each, "keyword-only", default, text)
    if arguments.kwarg:
        yield _parameter(arguments.kwarg, "keywords", None, text)


def _parameter(
    node: ast.arg, kind: ParameterKind, default: ast.expr | None, text: Text
) -> Parameter:
    return Parameter(
        name=node.arg,
        kind=kind,
        default=None if default is None else ast.unparse(default),
        annotation=ast.unparse(node.annotation) if node.annotation else None,
        span=text.span(node),
    )
