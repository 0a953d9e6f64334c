"""Asking on a terminal for what the command line leaves open."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping

import typer

from mlpack.errors import UsageError

NONE = "none"


def can_ask(*, wanted: bool) -> bool:
    """Whether there is a person to ask: a terminal at both ends, and no CI."""
    return wanted and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def ask(text: str, default: str, check: Callable[[str], None]) -> str:
    """Ask until ``check`` raises no ``UsageError`` of the answer; Enter takes the default."""

    def usable(answer: str) -> str:
        try:
            check(answer.strip())
        except UsageError as error:
            raise typer.BadParameter(f"{error.message}: {error.hint}") from None
        return answer.strip()

    answer: str = typer.prompt(text, default=default, value_proc=usable, err=True)
    return answer


def choose(text: str, choices: Iterable[str], default: str) -> str:
    """Ask for one of several words until the answer is one."""
    known = {each.lower(): each for each in choices}
    listed = ", ".join(known.values())

    def one(answer: str) -> str:
        if answer.strip().lower() not in known:
            raise typer.BadParameter(f"{answer!r} is not one of {listed}")
        return known[answer.strip().lower()]

    chosen: str = typer.prompt(f"{text} ({listed})", default=default, value_proc=one, err=True)
    return chosen


def choose_none(text: str, choices: Iterable[str]) -> str | None:
    """Ask for one of several words, or none of them, which is the default."""
    answer = choose(text, [*choices, NONE], NONE)
    return None if answer == NONE else answer


def explain(choices: Mapping[str, str]) -> None:
    """Write what each choice means, before it is asked for."""
    width = max(map(len, choices))
    for name, meaning in choices.items():
        typer.echo(f"  {name:{width}}  {meaning}", err=True)
