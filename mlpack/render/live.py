"""How the work goes on a terminal: running steps with their time and bytes, redrawn in place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlpack.core.errors import Problem
from mlpack.render.findings import full
from mlpack.render.narration import LineNarrator, Running
from mlpack.render.reports import seconds_text, size_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live

_REDRAWN = 8.0
"""Times a second."""


@dataclass(slots=True, kw_only=True)
class Board:
    """The running steps at the bottom of the terminal; several threads may change them.

    Finished lines go above. Nothing is drawn, and rich is not imported, while no step runs.
    """

    write: Callable[[str], None]
    color: bool | None = None
    steps: dict[int, tuple[str, Running]] = field(default_factory=dict)
    clock: Callable[[], float]
    _live: Live | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def begin(self, owner: int, prefix: str, step: Running) -> None:
        """Show a step, in place of the owner's last one."""
        with self._lock:
            self.steps[owner] = (prefix, step)
            if self._live is None:
                self._live = self._started()

    def end(self, owner: int) -> None:
        """Show the owner's step no more."""
        with self._lock:
            self.steps.pop(owner, None)
            if not self.steps:
                self.rest()

    def line(self, text: str) -> None:
        """Write text above the steps; it ends its lines itself."""
        with self._lock:
            if self._live is None:
                self.write(text)
                return
            from rich.text import Text

            # Soft wrapping leaves long lines to the terminal, as they are without a board.
            self._live.console.print(Text.from_ansi(text.rstrip("\n")), soft_wrap=True)

    def rest(self) -> None:
        """Take the board away, so that others may write; the next step brings it back."""
        with self._lock:
            live, self._live = self._live, None
            self.steps.clear()
            if live is not None:
                live.stop()

    def _started(self) -> Live:
        from rich.console import Console
        from rich.live import Live

        console = Console(
            stderr=True,
            force_terminal=True,
            highlight=False,
            emoji=False,
            no_color=True if self.color is False else None,
        )
        live = Live(_Steps(self), console=console, refresh_per_second=_REDRAWN, transient=True)
        live.start()
        return live


class _Steps:
    """What is drawn: one line a step."""

    def __init__(self, board: Board) -> None:
        from rich.spinner import Spinner

        self._board = board
        self._spinner = Spinner("dots")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        mark: Any = self._spinner.render(console.get_time())
        for prefix, step in list(self._board.steps.values()):
            line = Text.assemble("  ", mark, f" {prefix}{step.text}… ")
            line.append(standing(step, self._board.clock()), style="dim")
            line.truncate(options.max_width, overflow="ellipsis")
            yield line


def standing(step: Running, now: float) -> str:
    """Return how far a step is: its bytes, its time, and what the last time says of the rest."""
    told = []
    if step.done or step.total:
        of = f" of {size_text(step.total)}" if step.total else ""
        told.append(f"{size_text(step.done)}{of}")
    taken = now - step.started
    told.append(seconds_text(taken))
    if step.expected is not None and step.expected >= 1:
        told.append(f"{seconds_text(step.expected)} last time")
    return ", ".join(told)


@dataclass(slots=True, kw_only=True)
class LiveNarrator(LineNarrator):
    """Running steps on the board; finished ones as lines above it."""

    board: Board

    def named(self, name: str) -> LiveNarrator:
        """Return a narrator for one of several things at once, with a line of its own."""
        return LiveNarrator(
            write=self.write,
            prefix=f"{name}: ",
            estimates=self.estimates,
            board=self.board,
        )

    def step(self, text: str) -> None:
        """Show the step that begins."""
        self.board.begin(id(self), self.prefix, self.begin(text))

    def done(self, text: str) -> None:
        """Replace the step by a line that says what came of it."""
        # Slots and dataclasses make a new class, which `super()` without arguments misses.
        LineNarrator.done(self, text)
        self.board.end(id(self))

    def failed(self) -> None:
        """Replace the step by a line that says that it failed."""
        LineNarrator.failed(self)
        self.board.end(id(self))

    def warn(self, problem: Problem) -> None:
        """Write a finding above the steps."""
        self.board.line(full([problem], lambda _: None))

    def line(self, text: str) -> None:
        """Write one line above the steps."""
        self.board.line(f"{text}\n")

    def rest(self) -> None:
        """Clear the terminal of steps, for a result or an error to be written."""
        self.board.rest()

    def close(self, *, failed: bool = False) -> None:
        """Let go of the terminal."""
        LineNarrator.close(self, failed=failed)
        self.board.rest()
