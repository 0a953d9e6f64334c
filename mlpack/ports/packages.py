"""What was fetched ahead: packages in the cache, or their files in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagesReport:
    """The packages of one environment that are in the cache now, for one platform."""

    environment: str
    platform: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelsReport:
    """The packages of one environment that are in a folder now, for one platform.

    ``left_out`` names packages that no folder can serve, ``sources`` those that have no wheel.
    """

    folder: Path
    environment: str
    platform: str
    files: tuple[str, ...]
    new: int
    size: int
    sources: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    requirements: Path | None = None
