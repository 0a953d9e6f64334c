"""Every code that a finding can carry is explained, and every explanation is of one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from mlpack.render.reference import explanations
from tests.conftest import ROOT, Mlpack

FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SOURCES = {
    path: ast.parse(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "mlpack").rglob("*.py"))
}
TREES = [tree for path, tree in SOURCES.items() if "_worker" not in path.parts]
WORKER = [tree for path, tree in SOURCES.items() if "_worker" in path.parts]


def _takers() -> dict[str, int]:
    """Return the functions and classes that are given a code: name → at which position."""
    found = {}
    for node in (node for tree in TREES for node in ast.walk(tree)):
        if isinstance(node, ast.FunctionDef):
            _note(node.name, node, found)
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    _note(node.name, method, found)
    return found


def _note(name: str, function: ast.FunctionDef, found: dict[str, int]) -> None:
    arguments = [each for each in function.args.args if each.arg not in ("self", "cls")]
    for position, argument in enumerate(arguments):
        # Program code, which is no text here, is called so too.
        if argument.arg == "code" and getattr(argument.annotation, "id", "") == "str":
            found[name] = position


def _texts(node: ast.expr) -> Iterator[str]:
    """Yield the texts that an expression can be: not the keys it looks something up by."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif not isinstance(node, ast.Subscript):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _texts(child)


def _given(node: ast.AST, takers: dict[str, int]) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in takers and len(node.args) > takers[name]:
            yield from _texts(node.args[takers[name]])
        for keyword in node.keywords:
            if keyword.arg == "code":
                yield from _texts(keyword.value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        if getattr(node.target, "id", "") == "code":
            yield from _texts(node.value)
    elif isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
        # Readers of other texts yield (code, message, …).
        yield from (word for word in _constant(node.value.elts[0]) if "-" in word)


def _emitted() -> set[str]:
    takers = _takers()
    words = {
        word for tree in TREES for node in ast.walk(tree) for word in _given(node, takers) if word
    }
    return {word for word in words if FORM.fullmatch(word)}


def _emitted_by_worker() -> set[str]:
    """Return the codes of the worker, which writes its findings as pairs ``(code, message)``."""
    pairs = (
        node.elts[0]
        for tree in WORKER
        for node in ast.walk(tree)
        if isinstance(node, ast.Tuple) and len(node.elts) == 2
    )
    words = {word for first in pairs for word in _constant(first)}
    return {word for word in words if "-" in word and FORM.fullmatch(word)}


def test_every_code_of_the_worker_is_explained() -> None:
    found = _emitted_by_worker()
    assert {"output-columns", "output-dtype", "output-expected"} <= found
    assert found - explanations().keys() == set()


def test_every_code_in_the_source_is_explained() -> None:
    found = _emitted()
    # The search itself finds codes of every way to give one.
    assert {"bug", "tab", "unknown-key", "missing-file", "json-syntax", "alias-bomb"} <= found
    assert found - explanations().keys() == set()


def test_every_explanation_is_of_a_code_in_the_source() -> None:
    words = {
        text for tree in SOURCES.values() for node in ast.walk(tree) for text in _constant(node)
    }
    assert explanations().keys() - words == set()


def _constant(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_code_in_a_case_is_explained() -> None:
    shown = "\n".join(path.read_text() for path in (ROOT / "tests/cases").glob("*/*/stderr.txt"))
    codes = set(re.findall(r"^\S+:\d+:\d+: (?:error|warning)\[([^\]]+)\]", shown, re.MULTILINE))
    assert len(codes) > 40
    assert codes - explanations().keys() == set()


@pytest.mark.parametrize("code", explanations())
def test_an_explanation_says_severity_exit_code_and_more(code: str) -> None:
    text = explanations()[code]
    assert re.match(r"Error, exit \d+(, or warning)?\. |Warning(\. |, or error)", text)
    assert len(text) > 40


def test_the_page_is_in_the_order_of_the_alphabet() -> None:
    assert list(explanations()) == sorted(explanations())


def test_explain_prints_one_or_lists_all(mlpack: Mlpack) -> None:
    one = mlpack("explain", "duplicate-key")
    assert one.returncode == 0
    assert one.stdout.startswith("duplicate-key\n\nError, exit 2. ")
    assert mlpack("explain", "error[duplicate-key]").stdout == one.stdout
    listed = mlpack("explain").stdout.splitlines()
    assert [line.split()[0] for line in listed] == list(explanations())
    assert all(len(line) < 125 for line in listed)


def test_a_misspelt_code_gets_the_right_one(mlpack: Mlpack) -> None:
    done = mlpack("explain", "duplicate-keys")
    assert done.returncode == 2
    assert "Did you mean `duplicate-key`?" in done.stderr
