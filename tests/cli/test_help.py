"""The program's help is written without the commands, and says of each what it says itself."""

from __future__ import annotations

import shlex
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from mlpack.cli.app import COMMANDS, app, module_name
from mlpack.cli.session import Group
from tests.conftest import Mlpack


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_it_says_of_itself(name: str) -> None:
    command = import_module(f"mlpack.cli.commands.{module_name(name)}").command
    assert (command.__doc__ or "").splitlines()[0] == COMMANDS[name]


def test_the_help_lists_every_command(mlpack: Mlpack) -> None:
    shown = mlpack("--help").stdout
    assert all(f"  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_examples_that_can_be_parsed(
    name: str, mlpack: Mlpack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = get_command(app)
    assert isinstance(program, Group)
    examples = import_module(f"mlpack.cli.commands.{module_name(name)}").EXAMPLES
    assert mlpack(name, "--help").stdout.endswith(
        "\nExamples:\n" + "".join(f"  # {text}\n  {line}\n" for line, text in examples.items())
    )
    for line in examples:
        # Around a command there may be what a shell does with it.
        words = shlex.split(line.removeprefix('eval "$(').removesuffix(')"').partition(" | ")[0])
        assert words[0] == "mlpack"
        with program.make_context("mlpack", words[1:]) as context:
            found, command, rest = program.resolve_command(context, words[1:])
            assert found == name
            command.make_context(name, rest, parent=context).close()


@pytest.mark.parametrize("name", COMMANDS)
def test_help_for_a_command_is_what_it_says_itself(name: str, mlpack: Mlpack) -> None:
    asked = mlpack("help", name)
    assert (asked.returncode, asked.stdout) == (0, mlpack(name, "--help").stdout)


def test_help_for_nothing_is_the_list(mlpack: Mlpack) -> None:
    assert mlpack("help").stdout == mlpack("--help").stdout
    wrong = mlpack("help", "lokc")
    assert wrong.returncode == 2
    assert "Did you mean 'lock'?" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["build", "--dry-run", "--check"], "`--dry-run` cannot be used with `--check`"),
        (
            ["build", "--skip-inference", "--payload", "x.csv"],
            "`--skip-inference` cannot be used with `--payload`",
        ),
        (["build", "--env", "current", "--locked"], "cannot be used with `--locked`"),
        (["verify", "x", "--no-predict", "--payload", "x.csv"], "with `--payload`"),
        (["lock", "--check", "-P", "numpy"], "cannot be used with `--upgrade-package`"),
        (["cache", "size", "--days", "3"], "`cache size` cannot be used with `--days`"),
        (["cache", "prune", "--all", "--days", "3"], "`--all` cannot be used with `--days`"),
        (["list", "-q", "-v"], "`--quiet` cannot be used with `--verbose`"),
        (["predict", "x", "--format", "sarif"], "'sarif' is not one of 'full', 'concise', 'json'"),
    ],
    ids=" ".join,
)
def test_options_that_would_not_act_are_refused(
    words: list[str], said: str, mlpack: Mlpack
) -> None:
    done = mlpack(*words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
