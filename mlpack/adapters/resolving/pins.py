"""What ``uv pip compile`` wrote, as values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)

from mlpack.lock.model import LockedEnvironment

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_INDEX = re.compile(r"^\s*# from (\S+)")
# One name is behind the word, several are below it.
_VIA = re.compile(r"^\s*#(?: via|  )\s+(\S.*)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One resolved package, before it is judged; ``index`` is where uv took it from.

    ``version`` is empty for a git requirement: its commit says more.
    """

    name: str
    version: str
    marker: str | None = None
    sha256: tuple[str, ...] = ()
    url: str | None = None
    index: str | None = None
    via: frozenset[str] = field(default=frozenset(), compare=False)
    """Who asks for it: packages, and files such as ``-r requirements.in``."""


def pins_from(text: str) -> tuple[Pin, ...]:
    """Return the pins in uv's output (requirements format, indexes annotated)."""
    pins: list[Pin] = []
    block: list[str] = []
    for line in [*text.splitlines(), "end"]:
        if line and not line[0].isspace() and not line.startswith("#"):
            if block:
                pins.append(_pin(block))
            block = [line]
        elif block:
            block.append(line)
    return tuple(pins)


def previous_text(environment: LockedEnvironment, excluded: Iterable[tuple[str, str]]) -> str:
    """Return earlier pins as the output file whose versions uv then prefers."""
    left_out = set(excluded)
    return "".join(
        f"{package.name}=={package.version}{f' ; {package.marker}' if package.marker else ''}\n"
        for package in environment.packages
        if package.version and not package.url and (package.name, package.version) not in left_out
    )


def _pin(block: list[str]) -> Pin:
    head = block[0].rstrip("\\ ")
    requirement, _, marker = re.split(r"( ; )", f"{head} ; ", maxsplit=1)
    marker = marker.removesuffix(" ; ").strip()
    indexes = [found[1] for line in block if (found := _INDEX.match(line))]
    name, version, url = _what(requirement.strip())
    return Pin(
        name=canonicalize_name(name),
        version=version,
        marker=marker or None,
        sha256=tuple(sorted(set(_HASH.findall("".join(block))))),
        url=url,
        index=indexes[0] if indexes else None,
        via=frozenset(found[1] for line in block if (found := _VIA.match(line))),
    )


def _what(requirement: str) -> tuple[str, str, str | None]:
    name, at, url = requirement.partition(" @ ")
    if at:
        return name.split("[")[0], _version_in(url), url
    name, _, version = requirement.partition("==")
    return name.split("[")[0], version, None


def _version_in(url: str) -> str:
    filename = unquote(urlsplit(url).path.rpartition("/")[2])
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[1])
        return str(parse_sdist_filename(filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return ""
