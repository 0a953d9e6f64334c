"""`mlpack run`."""

from __future__ import annotations

from typing import Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import OfflineOption, OneVariantOption

EXAMPLES = {
    "mlpack run -- python train.py": "run a script with the model's packages",
    "mlpack run --variant small -- python -m pytest -q": "run tests in one variant's environment",
}
INTERRUPTED = "the lock is unchanged; an unfinished environment is created again next time"


def command(
    context: typer.Context,
    command: Annotated[list[str], typer.Argument(metavar="-- CMD...", help="Command to run.")],
    variant: OneVariantOption = None,
    offline: OfflineOption = False,
) -> None:
    """Run a command in the locked environment."""
    from mlpack import api
    from mlpack.cli.reporting import one_manifest
    from mlpack.core.errors import UsageError

    session = sessions.of(context)
    argv = list(command[1:] if command and command[0] == "--" else command)
    if not argv:
        raise UsageError(
            "no command given", hint="pass it after `--`, such as `mlpack run -- python -V`"
        )
    # The command may be what makes the artifacts, or the example's files, or finds the signature.
    status = api.run(
        one_manifest(session, signature_required=False, files_required=False),
        argv,
        variant=variant,
        offline=offline,
        workdir=session.directory,
        narrator=session.narrator(),
    )
    raise typer.Exit(status)
