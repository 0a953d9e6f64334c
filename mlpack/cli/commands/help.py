"""`mlpack help`."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from mlpack.cli.completion import Offers

EXAMPLES = {
    "mlpack help": "list all commands",
    "mlpack help build": "show what `mlpack build --help` shows",
}


def _commands(context: typer.Context, incomplete: str) -> Offers:
    from mlpack.cli.app import COMMANDS

    return list(COMMANDS.items())


def command(
    context: typer.Context,
    name: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it on 3.10
        typer.Argument(
            metavar="[COMMAND]",
            help="The command to explain; lists all commands if omitted.",
            autocompletion=_commands,
        ),
    ] = None,
) -> None:
    """Show help for a command."""
    root = context.find_root()
    if name is None:
        typer.echo(root.get_help())
        return
    program: Any = root.command
    _, found, _ = program.resolve_command(root, [name])
    with typer.Context(found, info_name=name, parent=root) as asked:
        typer.echo(asked.get_help())
