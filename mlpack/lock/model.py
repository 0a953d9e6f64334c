"""The lock as typed values: what the world answered, and what was made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlpack.core.digest import value_digest
from mlpack.core.errors import Problem

# Packages carry this time unless SOURCE_DATE_EPOCH says otherwise: 1980-01-01, the oldest that
# every archive format can hold.
BUILD_TIME = 315_532_800


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPackage:
    """One pinned package; two entries of one name have disjoint markers.

    ``url`` is set for a requirement that is itself a public URL or a git commit
    (``git+https://…@<40 hex>``); a git one has no ``sha256``.
    """

    name: str
    version: str
    marker: str | None
    sha256: tuple[str, ...]
    url: str | None = None
    shipped: tuple[str, ...] = ()
    """Those of ``sha256`` that only a ``find_links`` folder of the project has: the package
    carries these files itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedVersion:
    """A version left out because its Requires-Python rules this Python out, though uv took it."""

    name: str
    version: str
    requires_python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedEnvironment:
    """One resolution: the packages for one Python and one distinct set of requirements."""

    request: str
    """Digest (``sha256:<hex>``) of all that was asked of the resolver."""
    python: str
    """Full version that the package names, such as ``3.11.7``."""
    packages: tuple[LockedPackage, ...]
    excluded: tuple[ExcludedVersion, ...] = ()
    built: tuple[str, ...] = ()
    """Names that only have a source distribution, so that their build code runs."""
    no_build_isolation: tuple[str, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    """What was asked, by the name of its source (``requirements.in``) → digest."""
    yanked: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False)
    """Name and version of yanked pins → the index's reason. Known after a resolution, not locked:
    an index may yank a file, or take that back, at any time."""
    resolved: bool = field(default=True, compare=False)
    """Whether one resolution gave all of it. Otherwise it was merged, edited or damaged since: its
    pins may not fit together, and are only preferences."""

    @property
    def digest(self) -> str:
        """Digest of the question and its whole answer; a merge of two answers has another one."""
        packages = [
            [each.name, each.version, each.marker or "", each.url or ""]
            + [" ".join(sorted(hashes)) for hashes in (each.sha256, each.shipped)]
            for each in self.packages
        ]
        excluded = [[each.name, each.version, each.requires_python] for each in self.excluded]
        names = [sorted(self.built), sorted(self.no_build_isolation)]
        return value_digest([self.request, self.python, sorted(packages), sorted(excluded), names])

    def answers(self, request: str) -> bool:
        """Tell whether this is the resolution of the request with this digest."""
        return self.resolved and self.request == request


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedFile:
    """A file or folder by content: ``sha256:<hex>`` and size in bytes.

    A folder's digest is its root digest, its size that of all its files together. Of what is
    downloaded or made by a command, ``request`` is the digest of the URI or the command: the pin
    holds for as long as the same is asked. ``revision`` is the commit that a hub's branch or tag
    stood at.
    """

    digest: str
    size: int
    request: str | None = None
    revision: str | None = None

    def same_bytes(self, other: PinnedFile) -> bool:
        """Tell whether two pins stand for the same content."""
        return (self.digest, self.size) == (other.digest, other.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedVariant:
    """What one variant is made from."""

    environment: str
    """Name of its entry in ``Lock.environments``."""
    artifacts: Mapping[str, PinnedFile] = field(default_factory=dict)
    example_files: Mapping[str, PinnedFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one variant became: digests of everything that went in, and of the package."""

    inputs: str
    package: str
    parts: Mapping[str, str] = field(default_factory=dict)
    """The inputs by name → the first 12 hex digits of each one's digest, to say which one moved."""


def abbreviated(parts: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of an output by the first 12 hex digits of their digests."""
    return {name: digest.removeprefix("sha256:")[:12] for name, digest in parts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """The whole ``mlpack.lock``.

    Variants and outputs go by variant name, the empty string for the unnamed one.
    """

    manifest: str
    """Digest of the manifest's lock-relevant part."""
    build_time: int
    """Seconds since the epoch that stand in packages as their time of making."""
    environments: Mapping[str, LockedEnvironment]
    variants: Mapping[str, LockedVariant]
    outputs: Mapping[str, Output] = field(default_factory=dict)
    repair: Repair | None = field(default=None, compare=False)
    """What is missing from it, where the file was damaged or left in conflict by a merge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Why a lock has to be written anew: a clause, a sentence, and the warning of damage."""

    reason: str
    sentence: str
    problem: Problem | None = None
