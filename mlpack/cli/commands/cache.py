"""`mlpack cache`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from mlpack.ports.report import CacheReport


class Action(str, Enum):
    """What to do with the cache."""

    dir = "dir"
    size = "size"
    prune = "prune"
    verify = "verify"


def command(
    context: typer.Context,
    action: Annotated[
        Action,
        typer.Argument(
            help="dir: where it is. size: what it holds. prune: drop what is old. "
            "verify: read everything, drop what is damaged."
        ),
    ],
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=0, help="Prune what was not used for N days.")
    ] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Prune everything, used or not.")
    ] = False,
    format: FormatOption = Format.full,
) -> None:
    """Look at the cache, make it smaller, or check it."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, write_report
    from mlpack.render import commands

    session = sessions.of(context)
    with Reporting(session, format.value):
        if action is Action.dir:
            session.say(f"{api.cache_dir()}\n")
            return
        report: CacheReport
        if action is Action.prune:
            report = api.prune_cache(days=days, everything=everything)
            text = commands.pruned(report, session.shown)
        elif action is Action.verify:
            report = api.verify_cache()
            text = commands.whole(report, session.shown)
        else:
            report = api.cache_size()
            text = commands.size(report, session.shown)
        write_report(session, report, format.value, text, "cache")
