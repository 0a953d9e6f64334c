"""`mlpack cache`."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mlpack.cli import session as sessions
from mlpack.cli.options import PlainFormat, PlainFormatOption, refuse_beside

if TYPE_CHECKING:
    from mlpack.ports.report import CacheReport

EXAMPLES = {
    "mlpack cache size": "show what the cache uses",
    "mlpack cache prune --days 7": "remove what was not used for a week",
}


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
        Optional[int],  # noqa: UP045 - typer reads it on 3.10
        typer.Option(
            "--days", metavar="N", min=0, help="Prune entries not used for N days (default: 30)."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Prune all entries.")] = False,
    format: PlainFormatOption = PlainFormat.full,
) -> None:
    """Show, prune or verify the cache."""
    from mlpack import api
    from mlpack.cli.reporting import Reporting, write_report
    from mlpack.render import commands

    if action is not Action.prune:
        refuse_beside(f"cache {action.value}", days=days is not None, all=everything)
    if everything:
        refuse_beside("--all", days=days is not None)
    session = sessions.of(context)
    with Reporting(session, format.value):
        if action is Action.dir:
            session.say(f"{api.cache_dir()}\n")
            return
        report: CacheReport
        if action is Action.prune:
            report = api.prune_cache(days=30 if days is None else days, everything=everything)
            text = commands.pruned(report, session.shown)
        elif action is Action.verify:
            report = api.verify_cache()
            text = commands.whole(report, session.shown)
        else:
            report = api.cache_size()
            text = commands.size(report, session.shown)
        write_report(session, report, format.value, text, "cache")
