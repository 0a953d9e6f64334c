"""What code asks its context for, and calls that write to a path made from ``__file__``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from mlpack.manifest.code.model import Holder, How, Text, Use, Write
from mlpack.manifest.code.walking import Found, Situation, last_name

_HOLDERS: tuple[Holder, ...] = ("artifacts", "model_config")
# `mlflow.models.ModelConfig` reads the same configuration.
_OTHER_WAY = "ModelConfig"
_CONTEXTS = frozenset({"context", "ctx", "_context"})


def uses(found: Found, text: Text) -> tuple[Use, ...]:
    """Return every look into a context's mappings, in the order of the text."""
    reader = _Reader(found=found, text=text, contexts=_CONTEXTS | _context_parameters(found))
    made = sorted(reader.read(), key=lambda use: (use.span.line, use.span.column))
    tested = {(use.holder, use.key) for use in made if use.how == "contains"}
    return tuple(
        _conditional(use) if (use.holder, use.key) in tested and use.key else use for use in made
    )


def _conditional(use: Use) -> Use:
    return replace(use, conditional=True)


def _context_parameters(found: Found) -> frozenset[str]:
    """Return what ``load_context`` calls its context: MLflow passes it by position."""
    names = set()
    for node, where in found[ast.FunctionDef]:
        assert isinstance(node, ast.FunctionDef)  # noqa: S101 - by this type it was found
        if node.name == "load_context" and where.owner and len(node.args.args) > 1:
            names.add(node.args.args[1].arg)
    return frozenset(names)


class _Reader:
    """Reads one module; ``seen`` holds the nodes that a better-known use has accounted for."""

    def __init__(self, *, found: Found, text: Text, contexts: frozenset[str]) -> None:
        self.found = found
        self.text = text
        self.contexts = contexts
        # (function, variable) → the mapping that it stands for.
        self.aliases: dict[tuple[int, str], Holder] = {}
        self.seen: set[int] = set()

    def read(self) -> Iterator[Use]:
        self._find_aliases()
        for node, where in self.found[ast.Subscript]:
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                yield from self._item(node, where)
        for node, where in self.found[ast.Call]:
            if isinstance(node, ast.Call):
                yield from self._get(node, where)
        for node, where in self.found[ast.Compare]:
            if isinstance(node, ast.Compare):
                yield from self._contains(node, where)
        yield from self._opaque()

    def _find_aliases(self) -> None:
        """Note ``artifacts = context.artifacts``, where the variable is all that is assigned."""
        for node, where in self.found[ast.Assign]:
            assert isinstance(node, ast.Assign)  # noqa: S101 - by this type it was found
            holder = self._direct(node.value)
            plain = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            if holder and plain and where.function is not None:
                self.aliases[id(where.function), last_name(node.targets[0])] = holder
                self.seen.add(id(node.value))

    def _direct(self, node: ast.expr) -> Holder | None:
        """Return the mapping that ``context.artifacts`` is, by its names."""
        if not (isinstance(node, ast.Attribute) and node.attr in _HOLDERS):
            return None
        return node.attr if last_name(node.value) in self.contexts else None

    def _holder(self, node: ast.expr, where: Situation) -> Holder | None:
        holder = self._direct(node)
        if holder is None and isinstance(node, ast.Name):
            holder = self.aliases.get((id(where.function), node.id))
        return holder

    def _use(
        self, node: ast.expr, key: ast.expr, holder: Holder, how: How, where: Situation
    ) -> Use:
        self._account(node)
        literal = key.value if isinstance(key, ast.Constant) else None
        return Use(
            holder=holder,
            key=literal if isinstance(literal, str) else None,
            how=how if isinstance(literal, str) else "opaque",
            conditional=where.conditional or where.hidden,
            owner=where.owner,
            span=self.text.span(key),
        )

    def _account(self, node: ast.expr) -> None:
        self.seen.add(id(node))
        if isinstance(node, ast.Attribute):
            self.seen.add(id(node.value))

    def _item(self, node: ast.Subscript, where: Situation) -> Iterator[Use]:
        holder = self._holder(node.value, where)
        if holder:
            yield self._use(node.value, node.slice, holder, "item", where)

    def _get(self, node: ast.Call, where: Situation) -> Iterator[Use]:
        if not (isinstance(node.func, ast.Attribute) and node.func.attr == "get" and node.args):
            return
        holder = self._holder(node.func.value, where)
        if holder:
            how: How = "get-default" if len(node.args) + len(node.keywords) > 1 else "get"
            yield self._use(node.func.value, node.args[0], holder, how, where)

    def _contains(self, node: ast.Compare, where: Situation) -> Iterator[Use]:
        if len(node.ops) != 1 or not isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return
        holder = self._holder(node.comparators[0], where)
        if holder:
            yield self._use(node.comparators[0], node.left, holder, "contains", where)

    def _opaque(self) -> Iterator[Use]:
        """Yield what is left: mappings, and whole contexts, that go where nobody can follow."""
        passed = self._followed()
        for node, where in self.found[ast.Attribute]:
            assert isinstance(node, ast.Attribute)  # noqa: S101 - by this type it was found
            if id(node) not in self.seen and node.attr in _HOLDERS and _loads(node):
                self._account(node)
                yield self._whole(node, node.attr, where)
            elif node.attr == _OTHER_WAY:
                yield self._whole(node, "model_config", where)
            elif last_name(node.value) in self.contexts:
                # Another attribute of the context says nothing about the two mappings.
                self.seen.add(id(node.value))
        for node, where in self.found[ast.Name]:
            assert isinstance(node, ast.Name)  # noqa: S101 - by this type it was found
            if id(node) in self.seen | passed or not _loads(node):
                continue
            for holder in self._meant(node.id, where):
                yield self._whole(node, holder, where)

    def _meant(self, name: str, where: Situation) -> tuple[Holder, ...]:
        """Return the mappings that a variable gives away."""
        if name == _OTHER_WAY:
            return ("model_config",)
        alias = self.aliases.get((id(where.function), name))
        return (alias,) if alias else _HOLDERS if name in self.contexts else ()

    def _whole(self, node: ast.expr, holder: Holder, where: Situation) -> Use:
        return Use(
            holder=holder,
            key=None,
            how="opaque",
            conditional=where.conditional or where.hidden,
            owner=where.owner,
            span=self.text.span(node),
        )

    def _followed(self) -> frozenset[int]:
        """Return contexts passed to a function of this module that also calls them a context."""
        own = {
            node.name: {arg.arg for arg in [*node.args.args, *node.args.kwonlyargs]}
            for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
            for node, _ in self.found[kind]
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }
        calls = [node for node, _ in self.found[ast.Call] if isinstance(node, ast.Call)]
        return frozenset(
            id(given)
            for call in calls
            if own.get(last_name(call.func), set()) & self.contexts
            for given in (*call.args, *(each.value for each in call.keywords))
            if isinstance(given, ast.Name)
        )


def _loads(node: ast.Attribute | ast.Name) -> bool:
    return isinstance(node.ctx, ast.Load)


_METHODS = frozenset({"write_text", "write_bytes", "mkdir", "touch"})
"""Of a path: the receiver is what they write to."""
_FUNCTIONS = frozenset(
    {"mkdir", "makedirs", "save", "savez", "savez_compressed", "savetxt", "to_csv", "to_parquet",
     "to_pickle", "to_json", "urlretrieve"}
)  # fmt: skip
"""They write to one of their arguments."""


def writes(found: Found, text: Text) -> tuple[Write, ...]:
    """Return the calls that write beside the module."""
    if not any(node.id == "__file__" for node, _ in found[ast.Name] if isinstance(node, ast.Name)):
        return ()
    beside = _names_beside(found)
    made = []
    for node, where in found[ast.Call]:
        assert isinstance(node, ast.Call)  # noqa: S101 - by this type it was found
        if not where.hidden and any(_is_beside(each, beside) for each in _targets(node)):
            made.append(Write(call=last_name(node.func), span=text.span(node)))
    return tuple(made)


def _names_beside(found: Found) -> frozenset[str]:
    """Return the variables that hold a path made from ``__file__``, in the order of the text."""
    names: set[str] = set()
    for node, _ in found[ast.Assign]:
        assert isinstance(node, ast.Assign)  # noqa: S101 - by this type it was found
        if _is_beside(node.value, frozenset(names)):
            names.update(last_name(target) for target in node.targets)
    return frozenset(names - {""})


def _is_beside(node: ast.expr, names: frozenset[str]) -> bool:
    """Whether an expression builds a path from ``__file__`` or one of ``names``."""
    if isinstance(node, ast.Name):
        return node.id == "__file__" or node.id in names
    if isinstance(node, ast.Attribute):
        known = isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in names
        return known or (node.attr in ("parent", "parents") and _is_beside(node.value, names))
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Div, ast.Add)):
        return _is_beside(node.left, names) or _is_beside(node.right, names)
    if isinstance(node, ast.Subscript):
        return _is_beside(node.value, names)
    if isinstance(node, ast.JoinedStr):
        parts = [each.value for each in node.values if isinstance(each, ast.FormattedValue)]
        return any(_is_beside(each, names) for each in parts)
    return isinstance(node, ast.Call) and _makes_path(node, names)


def _makes_path(node: ast.Call, names: frozenset[str]) -> bool:
    name = last_name(node.func)
    if name in ("Path", "PurePath", "dirname", "abspath", "realpath", "join", "str", "fspath"):
        return any(_is_beside(each, names) for each in node.args)
    methods = ("resolve", "absolute", "joinpath", "with_name", "with_suffix", "as_posix")
    if name in methods and isinstance(node.func, ast.Attribute):
        return _is_beside(node.func.value, names)
    return False


def _targets(node: ast.Call) -> Iterator[ast.expr]:
    """Yield the expressions that a call writes to, if it writes."""
    name = last_name(node.func)
    on_path = isinstance(node.func, ast.Attribute)
    if name == "open":
        mode = _mode(node, 0 if on_path and not _is_module(node.func) else 1)
        if set(mode) & set("wax+"):
            yield from node.args[:1]
            if isinstance(node.func, ast.Attribute):
                yield node.func.value
    elif name in _METHODS and isinstance(node.func, ast.Attribute):
        yield node.func.value
    if name in _FUNCTIONS:
        yield from node.args


def _is_module(node: ast.expr) -> bool:
    """Whether ``x.open`` is a module's function, which takes a path, and not a path's method."""
    return isinstance(node, ast.Attribute) and last_name(node.value) in ("io", "gzip", "codecs")


def _mode(node: ast.Call, position: int) -> str:
    given = [each.value for each in node.keywords if each.arg == "mode"]
    given += node.args[position : position + 1]
    value = given[0] if given else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else "r"
