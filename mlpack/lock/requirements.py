"""A locked environment as the lines of a requirements file, and the platforms it is for."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

from packaging.markers import Marker

from mlpack.core.errors import UsageError
from mlpack.lock.model import LockedEnvironment, LockedPackage

WHEELS = "wheels"
"""The package's folder of files that no index has; pip, uv and MLflow look for a relative folder
beside the file of requirements that names it."""
# uv's torch backends are the last part of one address each. Source: what uv asks when it is
# given --torch-backend.
_TORCH_INDEX = "https://download.pytorch.org/whl/"
_CARRIED = f"--find-links {WHEELS}"


def requirement_lines(
    environment: LockedEnvironment,
    *,
    extra_index_urls: Sequence[str] = (),
    find_links_urls: Sequence[str] = (),
    torch_backend: str | None = None,
) -> tuple[str, ...]:
    """Return the package's ``requirements.txt``: options first, then one line a package.

    Files that the package carries are found in a folder beside it, ``WHEELS``.
    pip refuses a file in which some have hashes and some cannot (git), so that then none has.
    Every requirement is one physical line: MLflow joins continued lines without a space.
    """
    hashed = all(package.sha256 for package in environment.packages)
    options = [*_options(extra_index_urls, find_links_urls, torch_backend)]
    if shipped_hashes(environment):
        options.append(_CARRIED)
    return (*options, *(_line(package, hashed=hashed) for package in _ordered(environment)))


def shipped_hashes(environment: LockedEnvironment) -> tuple[str, ...]:
    """Return the sha256 of each file that the package carries itself, sorted."""
    return tuple(sorted(each for package in environment.packages for each in package.shipped))


def own_options(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the options among a package's lines that are good elsewhere: not its own folder."""
    return tuple(line for line in lines if line.startswith("-") and line != _CARRIED)


def install_lines(environment: LockedEnvironment) -> tuple[str, ...]:
    """Return one line a package with all hashes there are, for mlpack's own environments."""
    return tuple(_line(package, hashed=True) for package in _ordered(environment))


def torch_index(backend: str) -> str:
    """Return the URL of the index that a torch backend implies."""
    return f"{_TORCH_INDEX}{backend}"


def torch_backend_of(option: str) -> str | None:
    """Return the torch backend whose index ``option`` (a line of options) names, if it is one."""
    name, _, url = option.replace("=", " ", 1).partition(" ")
    backend = url.strip().rstrip("/").removeprefix(_TORCH_INDEX)
    named = name in {"--extra-index-url", "--index-url", "-i"} and _TORCH_INDEX in url
    return backend if named and re.fullmatch(r"\w+", backend) else None


def _ordered(environment: LockedEnvironment) -> list[LockedPackage]:
    return sorted(environment.packages, key=lambda each: (each.name, each.version))


def _options(
    extra_index_urls: Sequence[str], find_links_urls: Sequence[str], torch_backend: str | None
) -> Iterator[str]:
    backend = [torch_index(torch_backend)] if torch_backend else []
    for url in dict.fromkeys([*extra_index_urls, *backend]):
        yield f"--extra-index-url {url}"
    for url in dict.fromkeys(find_links_urls):
        if urlsplit(url).scheme in {"http", "https"}:
            yield f"--find-links {url}"


def _line(package: LockedPackage, *, hashed: bool) -> str:
    # With a marker a URL needs the space before the semicolon; so all lines have it.
    words = [f"{package.name} @ {package.url}" if package.url else _pin(package)]
    if package.marker:
        words.append(f"; {package.marker}")
    if hashed:
        words.extend(f"--hash=sha256:{value}" for value in sorted(package.sha256))
    return " ".join(words)


def _pin(package: LockedPackage) -> str:
    return f"{package.name}=={package.version}"


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
            f"the platform {platform} cannot be expressed with environment markers",
            hint="use a Linux, macOS, or Windows platform, such as x86_64-manylinux_2_28",
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
