"""What a command was told to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlpack.core.errors import UsageError
from mlpack.ports import Isolation


def refuse_text(name: str, given: object) -> None:
    """Raise ``UsageError`` for a string where a list of them is meant."""
    if isinstance(given, str):
        raise UsageError(
            f"`{name}` is a list of strings, and {given!r} is one string", hint=f"pass [{given!r}]"
        )


EnvironmentManager = Literal["uv", "pip", "virtualenv", "conda", "local"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What ``mlpack build`` was told; ``variants`` empty means all."""

    variants: tuple[str, ...] = ()
    output: Path | None = None
    locked: bool = False
    offline: bool = False
    skip_inference: bool = False
    payload: Path | None = None
    force: bool = False
    dry_run: bool = False
    fail_fast: bool = False
    """Let the first failure stop everything."""
    jobs: int | None = None
    """How many packages to build at once; by default one a processor."""
    check: bool = False
    """Build twice under changed conditions and compare; nothing is placed or recorded."""
    environment: Literal["locked", "current"] = "locked"
    paranoid: bool = False
    """Read every file, whatever is remembered of it."""

    def __post_init__(self) -> None:
        """Refuse one string for several variants."""
        refuse_text("variants", self.variants)

    @property
    def recorded(self) -> bool:
        """Whether the result may stand in the lock: proven, in the locked environment."""
        return self.environment == "locked" and not self.skip_inference and not self.locked

    @property
    def may_reuse(self) -> bool:
        """Whether a package and its proof that an earlier build left may be used again."""
        return not (self.force or self.payload or self.environment == "current")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """What ``mlpack fetch`` was told; ``platforms`` empty means the manifest's, or this machine."""

    only: Literal["artifacts", "packages"] | None = None
    platforms: tuple[str, ...] = ()
    to: Path | None = None
    """Collect packages in this folder, instead of filling the caches."""
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """What ``mlpack verify`` was told; ``digest`` is ``sha256:<hex>``."""

    digest: str | None = None
    payload: Path | None = None
    environment_manager: EnvironmentManager = "uv"
    predict: bool = True
    offline: bool = False
    isolation: Isolation = field(default_factory=Isolation)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOptions:
    """What ``mlpack push`` was told; ``targets`` empty means those of the manifest.

    ``force`` replaces a version that has other content, ``dry_run`` uploads nothing. The others are
    for MLflow's registry: its server, and aliases and tags besides those of the targets and the
    package.
    """

    targets: tuple[str, ...] = ()
    force: bool = False
    dry_run: bool = False
    tracking_uri: str | None = None
    aliases: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullOptions:
    """What ``mlpack pull`` was told; ``digest`` is ``sha256:<hex>``.

    Without ``output`` the package goes into ``folder``, under its own name. ``force`` replaces
    what is there.
    """

    folder: Path
    output: Path | None = None
    digest: str | None = None
    force: bool = False
    tracking_uri: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What ``mlpack import`` was told; ``words`` name the source.

    ``folder`` is where they were given, ``manifest`` the file's name (``-f``), ``output`` the
    project's folder (``-o``); by default the source's own.
    """

    words: tuple[str, ...]
    folder: Path
    manifest: str | None = None
    output: Path | None = None
    write: bool = False
    run: bool = False
    force: bool = False
    offline: bool = False
    isolation: Isolation = field(default_factory=Isolation)

    def __post_init__(self) -> None:
        """Refuse one string for several words."""
        refuse_text("words", self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class InitOptions:
    """What ``mlpack init`` was told.

    Without ``template``, code with a PythonModel in the folder is described, ``model`` being the
    class to take (``module:Class``); a folder without one gets the template ``minimal``.
    """

    template: str | None = None
    model: str | None = None
    source: Path | None = None
    """The file of a trained model to start from."""
    name: str | None = None
    """Without it, the folder's name."""
    version: str | None = None
    """Without it, 0.1.0."""
    license: str | None = None
    """``MIT``, ``Apache-2.0`` or ``BSD-3-Clause``."""
    python: str | None = None
    """Such as ``3.11``; without it, what the folder states, or the Python that runs mlpack."""
    ci: str | Sequence[str] = ()
    """``github``, ``gitlab`` or both."""
    force: bool = False
    """Replace files that are there already."""
