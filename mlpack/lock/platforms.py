"""uv's names of platforms, as markers and as this machine."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable

from packaging.markers import Marker

from mlpack.errors import UsageError

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


def include_this_machine(platforms: Iterable[str]) -> bool:
    """Return whether one of the platforms is the operating system and processor of this machine."""
    return any(Marker(platform_marker(name)).evaluate() for name in platforms)


def this_machine() -> str:
    """Return uv's name of this machine's platform."""
    machine = {"arm64": "aarch64"}.get(platform.machine(), platform.machine())
    return f"{machine}-{'apple-darwin' if sys.platform == 'darwin' else 'unknown-linux-gnu'}"


def _system(rest: str) -> str | None:
    for word, system in (("linux", "linux"), ("darwin", "darwin"), ("windows", "win32")):
        if word in rest:
            return system
    return None
