"""What the commands on dependencies say: who asks for what, what is newer, what was edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mlpack.core.errors import Problem
from mlpack.ports.environments import NewerReleases
from mlpack.ports.report import LockReport


@dataclass(frozen=True, slots=True, kw_only=True)
class TreePackage:
    """One locked package: what it asks for and who asks for it, by name."""

    name: str
    version: str
    direct: bool
    """Whether the manifest asks for it, or a file that it names."""
    requires: tuple[str, ...]
    required_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeReport:
    """The packages of one locked environment, and the part of them that is wanted.

    It is wanted from ``roots`` on, towards what they ask for or, ``inverted``, towards who asks
    for them. Without roots it begins at the model, or, inverted, at what asks for nothing.
    """

    manifest: Path
    model: str
    """Name and version of the model."""
    environment: str
    variants: tuple[str, ...]
    """Those that use it; none where the manifest has no variants."""
    python: str
    packages: tuple[TreePackage, ...]
    roots: tuple[str, ...] = ()
    inverted: bool = False
    depth: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedReport:
    """The pins of one locked environment that have newer releases."""

    lock: Path
    environment: str
    variants: tuple[str, ...]
    python: str
    packages: int
    """How many pins there are."""
    outdated: tuple[NewerReleases, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementChange:
    """One requirement that was added, replaced or removed, and the file, as a user calls it."""

    change: Literal["added", "changed", "removed", "unchanged"]
    file: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditReport:
    """Requirements that were edited, or would be, and the lock that came of it."""

    manifest: Path
    changes: tuple[RequirementChange, ...]
    diff: str
    """Unified, of all files."""
    written: bool
    untouched: tuple[str, ...] = ()
    """Variants whose dependencies are their own."""
    lock: LockReport | None = None
    """``None`` where no lock was asked for."""
    warnings: tuple[Problem, ...] = ()
