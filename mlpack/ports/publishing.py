"""What takes packages to where models live, and brings them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal, Protocol

from mlpack.core.digest import TreeDigest
from mlpack.core.errors import IntegrityError, UsageError
from mlpack.ports.environments import Progress

TRACKING = "MLFLOW_TRACKING_URI"
CLIENT_VARIABLES = (
    "MLFLOW_", "AWS_", "AZURE_", "GOOGLE_", "DATABRICKS_", "HADOOP_", "KRB5",
)  # fmt: skip
"""How the variables begin that MLflow's client needs for a server and the storage behind it."""


def tracking_uri(folder: Path, environ: Mapping[str, str], *, otherwise: str) -> str:
    """Return where MLflow looks: the caller's variable, or the store in ``folder``.

    Raises ``UsageError`` where there is neither; ``otherwise`` is what else the user can do.
    """
    if uri := environ.get(TRACKING):
        return uri
    if (folder / "mlflow.db").is_file():
        return f"sqlite:///{folder / 'mlflow.db'}"
    if (folder / "mlruns").is_dir():
        return (folder / "mlruns").as_uri()
    raise UsageError(
        f"no MLflow server specified: {TRACKING} is not set", hint=f"set {TRACKING}, or {otherwise}"
    )


def label(version: str, variant: str | None) -> str:
    """Return what targets call a version: ``1.0``, or ``1.0-variant``."""
    return version if variant is None else f"{version}-{variant}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A package as it is published: its identity, its files, and the evidence beside it.

    ``tree`` holds neither bytecode nor what a registry's client left. ``evidence`` maps what
    follows the package's name in a file's name (``.intoto.json``) to its bytes.
    """

    name: str
    version: str
    variant: str | None
    package: Path
    tree: TreeDigest
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    """The manifest's."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What may be said of the build besides: the commit, Python, the class."""

    @property
    def label(self) -> str:
        """What a target calls it."""
        return label(self.version, self.variant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a target has of a model's version; ``uri`` is what loads exactly these bytes."""

    digest: str
    uri: str
    sent: int = 0
    """Bytes that were uploaded for it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A package that is elsewhere.

    ``digest`` is what its place promises, ``None`` where it promises nothing; ``evidence`` is as
    in ``Release``, read already.
    """

    name: str
    digest: str | None
    size: int
    """Bytes of all files."""
    evidence: Mapping[str, bytes]
    bring: Callable[[Path, Mapping[PurePosixPath, Path], Progress], Path]
    """Downloads into a folder, going on with what is there; returns where the files are.

    The files of the second argument are not downloaded: the caller has them. Raises
    ``OutsideError``.
    """


class Publisher(Protocol):
    """One kind of place."""

    def recorded(self, target: str, name: str, label: str) -> Published | None:
        """Return what the target has of a model under a label, if anything."""

    def push(self, target: str, release: Release, *, force: bool, progress: Progress) -> Published:
        """Take a release to the target, if it is not there; readers see all of it or nothing.

        Raises ``IntegrityError`` where the label has other content there, unless ``force``.
        """

    def held(self, uri: str) -> Held:
        """Find a package. Raises ``OutsideError`` where there is none, or no answer."""


def other_content(target: str, release: Release, digest: str) -> IntegrityError:
    """Return the refusal of a release whose label has other content at the target."""
    return IntegrityError(
        f"{target} has version {release.label} of {release.name} with other content: "
        f"{digest}, not {release.tree.digest}",
        hint="set a new `version` in the manifest, or replace it with --force",
    )


class Publishers(Protocol):
    """Knows who serves a place."""

    def of(self, uri: str) -> Publisher:
        """Return the publisher for a target or a source. Raises ``UsageError`` for no such kind."""

    def to(
        self, *, tracking_uri: str | None, aliases: tuple[str, ...], tags: Mapping[str, str]
    ) -> Publishers:
        """Return the same, with what a command says of MLflow's registry besides a target."""


PushStatus = Literal["pushed", "present", "planned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """One package at one target; ``uri`` loads exactly these bytes, where they are there."""

    package: Path
    version: str
    """With the variant behind it, where there is one."""
    target: str
    status: PushStatus
    digest: str
    uri: str
    sent: int = 0
    """Bytes that were uploaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """A package that is here now; ``compared_with`` says who promised its digest, if anybody."""

    package: Path
    source: str
    status: Literal["pulled", "present"]
    digest: str
    compared_with: str | None
    size: int = 0
