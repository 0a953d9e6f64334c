"""How the work goes, line by line, on standard error."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from mlpack.core.errors import Problem
from mlpack.render import style
from mlpack.render.findings import full, printable
from mlpack.render.reports import seconds_text, short_digests, size_text

_COLORS = re.compile(r"\x1b\[[0-9;]*[mK]")

# A step quicker than this needs no time beside it.
_WORTH_TELLING = 0.05


class Estimates(Protocol):
    """Remembers how long steps take."""

    def expected(self, step: str) -> float | None:
        """Return the seconds that a step took the last time."""

    def took(self, step: str, seconds: float) -> None:
        """Note the seconds of a step that came to its end."""

    def keep(self) -> None:
        """Write down what was noted."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A step that is going on."""

    text: str
    started: float
    expected: float | None = None
    done: int = 0
    """Bytes."""
    total: int | None = None


@dataclass(slots=True, kw_only=True)
class LineNarrator:
    """One line a finished step, and nothing before."""

    write: Callable[[str], None]
    """Takes text with ANSI codes, and strips them where they do not belong."""
    quiet: bool = False
    verbose: bool = False
    """Whether to show what programs print."""
    short: bool = False
    """Whether to shorten digests."""
    prefix: str = ""
    estimates: Estimates | None = None
    running: Running | None = None
    clock: Callable[[], float] = field(default=time.monotonic)

    def named(self, name: str) -> LineNarrator:
        """Return a narrator for one of several things at once: whole lines, with a name before."""
        return LineNarrator(
            write=self.write, quiet=self.quiet, prefix=f"{name}: ", estimates=self.estimates
        )

    def step(self, text: str) -> None:
        """Take note of the step that begins."""
        self.begin(text)

    def begin(self, text: str) -> Running:
        """Return the step that begins, with what is known of it."""
        expected = self.estimates.expected(self.prefix + text) if self.estimates else None
        self.running = Running(text=text, started=self.clock(), expected=expected)
        return self.running

    def progress(self, done: int, total: int | None = None) -> None:
        """Take note of the bytes."""
        if self.running is not None:
            self.running.done, self.running.total = done, total

    def done(self, text: str) -> None:
        """Write the finished step, its time and its bytes; nothing for an empty ``text``."""
        details = []
        if self.running is not None:
            taken = self.clock() - self.running.started
            details += [size_text(self.running.done)] if self.running.done else []
            details += [seconds_text(taken)] if taken >= _WORTH_TELLING else []
            if self.estimates is not None:
                self.estimates.took(self.prefix + self.running.text, taken)
        self.running = None
        told = f" ({', '.join(details)})" if details else ""
        if text:
            shown = short_digests(text) if self.short else text
            self.line(f"  {self.prefix}{shown}{told}")

    def failed(self) -> None:
        """Write that the running step failed, if there is one."""
        if self.running is not None:
            taken = seconds_text(self.clock() - self.running.started)
            text, self.running = self.running.text, None
            self.line(f"  {self.prefix}{style('failed', 'red', 'bold')}: {text} ({taken})")

    def output(self, name: str, text: str) -> None:
        """Write what a program printed, each line with the name that it worked for."""
        if self.verbose:
            for line in text.rstrip().split("\n") if text.strip() else ():
                # A progress bar returns to the line's start: its last state tells all.
                shown = line.rstrip("\r").rpartition("\r")[2]
                plain = _COLORS.sub("", shown.expandtabs())
                self.line(f"  {name} | {printable(plain)}")

    def note(self, text: str) -> None:
        """Write a sentence."""
        self.line(f"  {style('note', 'bold')}: {self.prefix}{text}")

    def warn(self, problem: Problem) -> None:
        """Write a finding, even with ``quiet``: it may matter later."""
        self.write(full([problem], lambda _: None))

    def line(self, text: str) -> None:
        """Write one line, if anything may be written."""
        if not self.quiet:
            self.write(f"{text}\n")

    def rest(self) -> None:
        """Make room for other text: lines are never in the way."""

    def close(self, *, failed: bool = False) -> None:
        """Let go: a step that still runs has failed, or nobody will say what became of it."""
        if failed:
            self.failed()
        self.running = None
        if self.estimates is not None:
            self.estimates.keep()
