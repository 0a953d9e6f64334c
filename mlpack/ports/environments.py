"""What resolves requirements, makes environments of them, and downloads remote artifacts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import ResolveRequest

UpgradeScope = Literal["all"] | frozenset[str]
"""All packages, or these: normal names, each with a specifier behind it where one is wanted."""


def upgraded_names(scope: Iterable[str]) -> frozenset[str]:
    """Return the names in a scope of some packages."""
    return frozenset(re.split(r"[<>=!~]", each, maxsplit=1)[0] for each in scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerReleases:
    """A pin, and what there is now; versions are joined by commas where there are several."""

    name: str
    locked: str
    compatible: str | None
    """What an upgrade would pin; ``None`` where it would drop the package."""
    latest: str | None
    """The highest release of all, pre-releases and yanked ones aside, where it is known."""
    why: str | None = None
    """What keeps an upgrade from the latest, where one can tell."""


class Resolver(Protocol):
    """Turns what is asked into pins, and tells what is known of them."""

    def resolve(
        self,
        request: ResolveRequest,
        *,
        previous: LockedEnvironment | None = None,
        upgrade: UpgradeScope = frozenset(),
        offline: bool = False,
    ) -> LockedEnvironment:
        """Resolve ``request``, keeping ``previous`` pins but for those in ``upgrade``.

        Raises ``DependencyError`` (unsatisfiable) or ``OutsideError`` (network, interpreter).
        """

    def requirers(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> Mapping[str, frozenset[str]]:
        """Return who asks for each locked package, by name; ``request`` itself is the empty name.

        No network is needed where the lock was made. Raises ``OutsideError`` or
        ``DependencyError``.
        """

    def releases(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> tuple[NewerReleases, ...]:
        """Return what indexes have now of each locked package, in the order of their names.

        Raises ``DependencyError`` or ``OutsideError``.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRequest:
    """An environment to be made from nothing but requirement lines and a Python version.

    ``python`` is a full version; any patch of its minor may serve. ``no_build_isolation`` names
    packages to install after the others; ``links`` are find-links folders or URLs.
    """

    requirements: tuple[str, ...]
    python: str
    no_build_isolation: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    """What the requirements are locked for, by uv's names; none: every platform."""
    borrowed: tuple[str, ...] = ()
    """The sha256 of files that only folders in ``links`` have: an environment with them is not
    one that the same lines make without the folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A virtual environment: the interpreter in it, and its full version, such as ``3.11.7``."""

    python: Path
    version: str
    made: bool = False
    """Whether it was made now, and not found."""
    held: object = field(default=None, compare=False, repr=False)
    """What keeps it from being removed, while somebody has this."""
    notes: tuple[str, ...] = ()
    """Sentences for the user, such as another patch of Python than the locked one."""


Meanwhile = Callable[[Environment], AbstractContextManager[object]]
"""What may go on in an environment that was just made, while its files are checked.

It is left with an exception where they are not what they should be: nothing that it did counts.
"""


class Environments(Protocol):
    """Makes, keeps and checks environments."""

    def provide(
        self,
        request: EnvironmentRequest,
        *,
        offline: bool = False,
        meanwhile: Meanwhile = nullcontext,
    ) -> Environment:
        """Return an environment holding exactly ``request``, made or found and checked.

        Raises ``IntegrityError`` (a hash does not match), ``DependencyError`` or ``OutsideError``.
        """


class Packages(Protocol):
    """Brings packages to this machine, without an environment of them."""

    def fetch(
        self, request: EnvironmentRequest, *, platform: str | None = None, offline: bool = False
    ) -> None:
        """Make the cache have all that an environment for ``request`` takes on ``platform``.

        ``platform`` is one of uv's names; ``None`` is this machine. Raises ``IntegrityError`` (a
        hash does not match), ``DependencyError`` or ``OutsideError``.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedFile:
    """A package's file in a folder; ``new`` where it was put there now."""

    path: Path
    package: str
    new: bool


class Wheels(Protocol):
    """Collects the files of locked packages."""

    def collect(
        self,
        locked: LockedEnvironment,
        request: EnvironmentRequest,
        folder: Path,
        *,
        platform: str | None = None,
    ) -> tuple[CollectedFile, ...]:
        """Put the file of each package that ``platform`` takes into ``folder``, hashes checked.

        ``platform`` is one of uv's names; ``None`` is this machine. Raises ``IntegrityError``,
        ``DependencyError`` or ``OutsideError``.
        """


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
