"""What tells people how the work goes."""

from __future__ import annotations

from typing import Protocol

from mlpack.errors import Problem


class Narrator(Protocol):
    """Hears how the work goes, on standard error; several threads may speak."""

    def named(self, name: str) -> Narrator:
        """Return a narrator for one of several things that go on at once."""

    def step(self, text: str) -> None:
        """A step begins."""

    def done(self, text: str) -> None:
        """A step is over."""

    def failed(self) -> None:
        """The running step ends without success; the error itself says why."""

    def progress(self, done: int, total: int | None = None) -> None:
        """So many bytes of the running step are done, of ``total`` where that is known."""

    def note(self, text: str) -> None:
        """Something the user should know, but need not act on."""

    def warn(self, problem: Problem) -> None:
        """A finding that does not stop the work."""
