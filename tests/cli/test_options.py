"""Every option of every command occurs in a test that runs it, in each of its spellings.

What is run is read from the tests' own source: calls of the program by its fixtures, and lists that
begin with a command. Options that all commands share are wanted once, whatever the command.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
import typer.main

from mlpack.cli.app import COMMANDS, app
from mlpack.cli.session import Group
from tests.conftest import ROOT

RUNNERS = {"mlpack": "", "run_mlpack": "", "Terminal": "", "locking": "lock", "caching": "cache"}
"""What runs the program, and the command that it runs where none is given."""
END = "--"


def options() -> Iterator[tuple[str, str]]:
    """Yield (command, spelling) for all there are; the command is empty for those of all."""
    program = typer.main.get_command(app)
    assert isinstance(program, Group)
    context = program.make_context("mlpack", ["schema"])
    shared = {name for each in program.params for name in (*each.opts, *each.secondary_opts)}
    shared |= {"-h", "--help"}
    yield from (("", name) for name in sorted(shared))
    for command in COMMANDS:
        for each in program.get_command(context, command).params:
            names = {*each.opts, *each.secondary_opts} - shared
            yield from ((command, name) for name in sorted(names) if name.startswith("-"))


def used() -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            words, default = _words(node)
            if words is not None:
                found |= set(_options_in(words, default))
    return found


def _words(node: ast.AST) -> tuple[list[str] | None, str]:
    if isinstance(node, ast.List | ast.Tuple):
        words = list(_strings(node.elts))
        if words[1:3] == ["-m", "mlpack"]:
            words = words[3:]
        return (words if words and words[0] in COMMANDS else None), ""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None, ""
    if node.func.id not in RUNNERS:
        return None, ""
    given = [
        each.value.value
        for each in node.keywords
        if each.arg == "command" and isinstance(each.value, ast.Constant)
    ]
    return list(_strings(node.args)), str(given[0]) if given else RUNNERS[node.func.id]


def _strings(nodes: list[ast.expr]) -> Iterator[str]:
    """Yield the words among arguments; an empty one for what is only known when the test runs."""
    for node in nodes:
        if isinstance(node, ast.Starred) and isinstance(node.value, ast.List | ast.Tuple):
            yield from _strings(node.value.elts)
        else:
            yield str(node.value) if isinstance(node, ast.Constant) else ""


def _options_in(words: list[str], command: str) -> Iterator[tuple[str, str]]:
    for word in words[: words.index(END) if END in words else None]:
        if word.startswith("-"):
            name = word.partition("=")[0]
            yield command, name
            yield "", name
        elif word in COMMANDS and not command:
            command = word


def test_every_option_is_used_by_a_test() -> None:
    missing = sorted(set(options()) - used())
    listed = "\n".join(f"mlpack {command} {name}" for command, name in missing)
    assert not missing, f"no test runs\n{listed}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('mlpack("-q", "build", "--check", cwd=x)', {("", "-q"), ("build", "--check")}),
        ('locking("--check")', {("lock", "--check")}),
        ('locking("--locked", command="build")', {("build", "--locked")}),
        ('mlpack("run", "--", "pip", "--version")', set()),
        ('other("build", "--force")', set()),
    ],
)
def test_what_a_call_uses(source: str, expected: set[tuple[str, str]]) -> None:
    words, default = _words(ast.parse(source, mode="eval").body)
    found = set(_options_in(words or [], default))
    assert expected <= found
    assert expected or not found
