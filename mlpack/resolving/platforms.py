"""Resolutions for single platforms, joined into one with markers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mlpack.errors import UsageError
from mlpack.resolving.pins import Pin

# uv's short names. Source: `uv pip compile --help`, --python-platform.
_SHORT = {
    "linux": "x86_64-unknown-linux-gnu",
    "macos": "aarch64-apple-darwin",
    "windows": "x86_64-pc-windows-msvc",
}
_MACHINES = {
    ("x86_64", "win32"): "AMD64",
    ("aarch64", "win32"): "ARM64",
    ("i686", "win32"): "x86",
    ("aarch64", "darwin"): "arm64",
}


def platform_marker(platform: str) -> str:
    """Return the marker of one of uv's platform names."""
    full = _SHORT.get(platform, platform)
    machine, _, rest = full.partition("-")
    system = _system(rest)
    if system is None:
        raise UsageError(
            f"{platform} is not a platform that mlpack can tell apart by markers",
            hint="name one for Linux, macOS or Windows, such as x86_64-manylinux_2_28",
        )
    machine = _MACHINES.get((machine, system), machine)
    return f"platform_machine == '{machine}' and sys_platform == '{system}'"


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


def _system(rest: str) -> str | None:
    for word, system in (("linux", "linux"), ("darwin", "darwin"), ("windows", "win32")):
        if word in rest:
            return system
    return None
