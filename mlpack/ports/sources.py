"""What downloads remote artifacts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int | None], None]
"""Hears how many bytes are there, and of how many, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a source brought: a file or a folder, in the folder that it was given.

    ``promised`` holds what the server says of single files: path below a delivered folder (or the
    file's own name) → ``sha256:<hex>``.
    """

    path: Path
    revision: str | None = None
    """The commit that a hub's branch or tag stood at."""
    promised: Mapping[str, str] = field(default_factory=dict)


class Sources(Protocol):
    """Downloads remote artifacts."""

    def fetch(
        self, uri: str, name: str, folder: Path, *, revision: str | None, progress: Progress
    ) -> Delivery:
        """Download what ``uri`` names into ``folder``; a file is called ``name`` there.

        ``folder`` may hold what an earlier try brought. ``revision`` is the commit to take of a
        hub's repository. Raises ``OutsideError``; nothing has been compared with a pin yet.
        """
