"""What a command was told to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlpack.ports import Isolation

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

    @property
    def recorded(self) -> bool:
        """Whether the result may stand in the lock: proven, in the locked environment."""
        return self.environment == "locked" and not self.skip_inference and not self.locked


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
