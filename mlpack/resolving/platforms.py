"""Resolutions for single platforms, joined into one with markers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlpack.lock.platforms import platform_marker
from mlpack.resolving.pins import Pin


def joined(by_platform: Mapping[str, tuple[Pin, ...]]) -> tuple[Pin, ...]:
    """Join the pins of several platforms: one that all share needs no marker."""
    found: dict[Pin, list[str]] = {}
    hashes: dict[Pin, set[str]] = {}
    for platform, pins in by_platform.items():
        for pin in pins:
            key = replace(pin, sha256=(), marker=None)
            found.setdefault(key, []).append(_both(platform_marker(platform), pin.marker))
            hashes.setdefault(key, set()).update(pin.sha256)
    everywhere = len(by_platform)
    return tuple(
        replace(
            pin,
            sha256=tuple(sorted(hashes[pin])),
            marker=None if len(markers) == everywhere and _bare(markers) else _any(markers),
        )
        for pin, markers in found.items()
    )


def _bare(markers: list[str]) -> bool:
    return not any("(" in marker for marker in markers)


def _both(first: str, second: str | None) -> str:
    return first if second is None else f"{first} and ({second})"


def _any(markers: list[str]) -> str:
    # Two builds of one platform, such as two levels of manylinux, have one marker.
    return " or ".join(f"({marker})" for marker in dict.fromkeys(markers))
