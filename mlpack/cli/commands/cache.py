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
            help="dir: print its path. size: show its size. prune: remove old entries. verify: "
            "check all entries and remove damaged ones."
        ),
    ],
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=0, help="Prune entries not used for N days.")
    ] = 30,
    everything: Annotated[bool, typer.Option("--all", help="Prune all entries.")] = False,
    format: FormatOption = Format.full,
) -> None:
    """Show, prune or verify the cache."""
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
