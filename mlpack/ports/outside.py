"""The outside as the workflow sees it: its ports, a narrator, and the facts of the machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Protocol

from mlpack.core.errors import Problem
from mlpack.ports.environments import (
    Environment,
    Environments,
    Packages,
    Resolver,
    Sources,
    Wheels,
)
from mlpack.ports.models import ModelRunner
from mlpack.ports.publishing import Publishers
from mlpack.storage.blobs import Store
from mlpack.storage.digests import DigestMemory


class Narrator(Protocol):
    """Hears how the work goes, on standard error; several threads may speak."""

    def named(self, name: str) -> Narrator:
        """Return a narrator for one of several things that go on at once."""

    def step(self, text: str) -> None:
        """A step begins."""

    def done(self, text: str) -> None:
        """A step is over; an empty ``text`` says that nothing came of it."""

    def failed(self) -> None:
        """The running step ends without success; the error itself says why."""

    def progress(self, done: int, total: int | None = None) -> None:
        """So many bytes of the running step are done, of ``total`` where that is known."""

    def output(self, name: str, text: str) -> None:
        """A program that works for ``name`` has ended, and printed ``text``."""

    def note(self, text: str) -> None:
        """Something the user should know, but need not act on."""

    def warn(self, problem: Problem) -> None:
        """A finding that does not stop the work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A commit (40 or 64 hex digits), and whether files differ from what it holds."""

    commit: str
    dirty: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Everything that has effects; whoever composes the program chooses the kinds.

    ``cache`` is the folder for what can be made again, ``memory`` knows the digests of files that
    have not changed, ``store`` keeps bytes by digest, ``clock`` gives seconds for durations,
    ``revision`` the commit of a project and whether some of its files differ from it,
    ``build_time`` (seconds since the epoch) overrides the lock's. Without ``sources`` nothing may
    be downloaded.
    """

    resolver: Resolver
    environments: Environments
    pip_environments: Environments
    packages: Packages
    wheels: Wheels
    current_environment: Callable[[], Environment]
    models: ModelRunner
    narrator: Narrator
    cache: Path
    memory: DigestMemory
    store: Store
    clock: Callable[[], float]
    revision: Callable[[Path, Sequence[PurePath]], Revision | None]
    publishers: Publishers
    build_time: int | None = None
    sources: Sources | None = None
