"""Asking on a terminal for what the command line leaves open."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping

import typer

NONE = "none"


def can_ask(*, wanted: bool) -> bool:
    """Whether there is a person to ask: a terminal at both ends, and no CI."""
    return wanted and sys.stdin.isatty() and sys.stderr.isatty() and not os.environ.get("CI")


def ask(text: str, default: str) -> str:
    """Ask for a text; Enter takes the default."""
    answer: str = typer.prompt(text, default=default, err=True)
    return answer.strip()


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
