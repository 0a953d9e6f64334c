"""Which wheel of PyTorch a new project should ask for on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalWheel:
    """A CPU wheel in a folder of wheels: its version, and uv's name for where it runs."""

    version: str
    platform: str


def local_cpu_wheel(environ: Mapping[str, str], python: str) -> LocalWheel | None:
    """Return the newest CPU wheel for ``python`` that ``UV_FIND_LINKS`` leads to, if any.

    Where there is one, the folder stands for the index that has such wheels, which may well be
    out of reach then.
    """
    from packaging.version import Version

    found = [
        wheel
        for place in environ.get("UV_FIND_LINKS", "").split(",")
        if place and "://" not in place
        for wheel in _wheels(Path(place), f"cp{python.replace('.', '')}")
    ]
    return max(found, key=lambda wheel: Version(wheel.version), default=None)


def _wheels(folder: Path, tag: str) -> Iterator[LocalWheel]:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    for path in sorted(folder.glob("torch-*.whl")):
        try:
            _, version, _, tags = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        for each in tags:
            platform = re.fullmatch(r"(manylinux_\d+_\d+)_(x86_64|aarch64)", each.platform)
            if version.local == "cpu" and each.interpreter == tag and platform:
                yield LocalWheel(version=version.public, platform=f"{platform[2]}-{platform[1]}")
