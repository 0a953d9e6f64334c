"""The program: which commands there are. Each is a module that is imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.main import get_command_from_info
from typer.models import CommandInfo

from mlpack._version import __version__
from mlpack.cli.session import Command, Group

# In the order of the work. The module of a command is its name below `cli/commands`, with an
# underscore behind it where Python keeps the name for itself.
COMMANDS = {
    "init": "Create a project, or a manifest for existing code.",
    "import": "Create a manifest from an existing script, folder or model.",
    "validate": "Check manifests, without network or user code.",
    "explain": "Explain a finding.",
    "schema": "Print the JSON schema of mlpack.yaml.",
    "lock": "Pin and hash dependencies in mlpack.lock.",
    "add": "Add requirements, then lock.",
    "remove": "Remove requirements, then lock.",
    "tree": "Show which package requires which.",
    "outdated": "Show which locked packages have newer releases.",
    "fetch": "Download packages and artifacts ahead of a build.",
    "build": "Build an MLflow model and check that it predicts.",
    "verify": "Verify a package, then predict with it.",
    "predict": "Predict with any MLflow pyfunc model.",
    "run": "Run a command in the locked environment.",
    "signature": "Infer the signature by running the example.",
    "inspect": "Show a package's metadata and contents.",
    "diff": "Show the differences between two packages.",
    "export": "Export a package as a reproducible tar archive.",
    "push": "Push built packages, unchanged, to where models live.",
    "pull": "Pull a package and its evidence, and check them.",
    "list": "List models and their variants.",
    "cache": "Show, prune or verify the cache.",
    "doctor": "Check this machine for what a build needs.",
    "completion": "Print a script that sets up completion in a shell.",
    "help": "Show help for a command.",
}
"""Each command and what it does: the first line of its docstring."""
# What other tools call it.
_OTHER_NAMES = {
    "check": "validate", "lint": "validate", "compile": "lock", "freeze": "lock", "sync": "lock",
    "pack": "build", "package": "build", "make": "build", "save": "build", "test": "verify",
    "exec": "run", "infer": "predict", "show": "inspect", "info": "inspect", "compare": "diff",
    "publish": "push", "upload": "push", "deploy": "push", "get": "pull",
    "new": "init", "create": "init", "download": "fetch", "ls": "list", "tar": "export",
    "install": "add", "require": "add", "uninstall": "remove", "rm": "remove",
    "update": "lock", "upgrade": "lock", "deps": "tree", "why": "tree",
    "clean": "cache", "prune": "cache", "gc": "cache",
}  # fmt: skip
_TAKES_ANYTHING = {"ignore_unknown_options": True, "allow_interspersed_args": False}


class Program(Group):
    """The program's commands by name, each built from its module when it is asked for."""

    def list_commands(self, context: Any) -> list[str]:
        """Return the commands in the order of the work, not of the alphabet."""
        return list(COMMANDS)

    def resolve_command(self, context: Any, args: list[str]) -> Any:
        """Return the command that ``args`` begin with, or say which one was probably meant."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            from mlpack.manifest.schema import closest

            near = _OTHER_NAMES.get(name) or closest(name, COMMANDS)
            way_out = (
                f"Did you mean '{near}'?" if near in COMMANDS else "Run 'mlpack --help' for a list."
            )
            context.fail(f"Unrecognized command '{name}'. {way_out}")
        return super().resolve_command(context, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Return the commands and options that begin so, without importing the commands."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        from typer._click.shell_completion import CompletionItem

        found = (pair for pair in COMMANDS.items() if pair[0].startswith(incomplete))
        return [CompletionItem(name, help=text) for name, text in found]

    def get_command(self, context: Any, cmd_name: str) -> Any:
        """Return the command of this name, or ``None``."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"mlpack.cli.commands.{module_name(cmd_name)}")
        settings = _TAKES_ANYTHING if cmd_name == "run" else {}
        made: Any = get_command_from_info(
            CommandInfo(
                name=cmd_name,
                cls=Command,
                callback=module.command,
                context_settings={"help_option_names": ["-h", "--help"], **settings},
            ),
            pretty_exceptions_short=False,
            rich_markup_mode=None,
        )
        made.examples = getattr(module, "EXAMPLES", {})
        made.interrupted = getattr(module, "INTERRUPTED", "nothing was changed")
        return made


def module_name(command: str) -> str:
    """Return the module of a command: ``import`` cannot be a module's name, nor ``list`` well."""
    return f"{command}_" if command in ("import", "list") else command


app = typer.Typer(
    name="mlpack",
    cls=Program,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Build an MLflow model from mlpack.yaml and check that it predicts.",
)


def _show_version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        typer.echo(f"mlpack {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool,
        typer.Option(
            "-V",
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    return None
