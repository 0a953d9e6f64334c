"""`mlpack explain`."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mlpack.cli import completion
from mlpack.cli import session as sessions

EXAMPLES = {
    "mlpack explain duplicate-key": "explain one finding",
    "mlpack explain": "list all codes",
}


def command(
    context: typer.Context,
    code: Annotated[
        Optional[str],  # noqa: UP045 - typer reads it on 3.10
        typer.Argument(
            metavar="[CODE]",
            help="As in `error[CODE]`; lists all codes if omitted.",
            autocompletion=completion.codes,
        ),
    ] = None,
) -> None:
    """Explain a finding."""
    from mlpack.render import reference
    from mlpack.render.reference import explanations

    session = sessions.of(context)
    known = explanations()
    session.say(reference.listing(known) if code is None else reference.one(code, known))
