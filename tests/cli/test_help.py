"""The program's help is written without the commands, and says of each what it says itself."""

from __future__ import annotations

from importlib import import_module

import pytest

from mlpack.cli.app import COMMANDS, module_name
from tests.conftest import Mlpack


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_listed_as_it_says_of_itself(name: str) -> None:
    command = import_module(f"mlpack.cli.commands.{module_name(name)}").command
    assert (command.__doc__ or "").splitlines()[0] == COMMANDS[name]


def test_the_help_lists_every_command(mlpack: Mlpack) -> None:
    shown = mlpack("--help").stdout
    assert all(f"  {name} " in shown for name in COMMANDS)
