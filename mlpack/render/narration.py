"""How the work goes, line by line, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from mlpack.errors import Problem
from mlpack.render.ansi import style
from mlpack.render.findings import full
from mlpack.render.reports import seconds_text

_ERASE = "\r\x1b[K"
# A step quicker than this needs no time beside it.
_WORTH_TELLING = 0.05


@dataclass(slots=True, kw_only=True)
class LineNarrator:
    """One line a finished step; on a terminal the running step shows and is then replaced."""

    write: Callable[[str], None]
    """Takes text with ANSI codes, and strips them where they do not belong."""
    quiet: bool = False
    live: bool = False
    prefix: str = ""
    _started: float = field(default_factory=time.monotonic)

    def named(self, name: str) -> LineNarrator:
        """Return a narrator for one of several things at once: whole lines, with a name before."""
        return LineNarrator(write=self.write, quiet=self.quiet, prefix=f"{name}: ")

    def step(self, text: str) -> None:
        """Show the step that begins, where lines can be replaced."""
        self._started = time.monotonic()
        if self.live and not self.quiet:
            self.write(f"  {text}…")

    def done(self, text: str) -> None:
        """Write the finished step and its time."""
        taken = time.monotonic() - self._started
        time_told = f" ({seconds_text(taken)})" if taken >= _WORTH_TELLING else ""
        self._line(f"  {self.prefix}{text}{time_told}")

    def note(self, text: str) -> None:
        """Write a sentence."""
        self._line(f"  {style('note', 'bold')}: {self.prefix}{text}")

    def warn(self, problem: Problem) -> None:
        """Write a finding, even with ``quiet``: it may matter later."""
        self._erase()
        self.write(full([problem], lambda _: None))

    def _line(self, text: str) -> None:
        self._erase()
        if not self.quiet:
            self.write(f"{text}\n")

    def _erase(self) -> None:
        if self.live and not self.quiet:
            self.write(_ERASE)
