"""`mlpack explain`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import session as sessions


def command(
    context: typer.Context,
    code: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it on 3.10
        typer.Argument(metavar="[CODE]", help="As in `error[CODE]`; without it, all are listed."),
    ] = None,
) -> None:
    """Say what a finding means."""
    from mlpack.explanations import explanations
    from mlpack.render import explaining

    session = sessions.of(context)
    known = explanations()
    session.say(explaining.listing(known) if code is None else explaining.one(code, known))
