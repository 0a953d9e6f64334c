"""Which files of a release can serve one version of CPython, on whatever platform."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedFile:
    """One file of an index; ``path`` is set for one on this machine, whose hash is not stated."""

    filename: str
    sha256: str | None = None
    requires_python: str | None = None
    path: Path | None = None
    yanked: str | None = None
    """The index's reason for yanking it, empty where it gives none; ``None`` if not yanked."""

    @property
    def is_wheel(self) -> bool:
        """Whether no build code has to run."""
        return self.filename.endswith(".whl")


def version_of(file: ServedFile) -> str | None:
    """Return the version that a file's name states, or ``None`` where it names none."""
    try:
        if file.is_wheel:
            return str(parse_wheel_filename(file.filename)[1])
        return str(parse_sdist_filename(file.filename)[1])
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None


def by_version(files: Iterable[ServedFile]) -> dict[Version, list[ServedFile]]:
    """Group wheels and source distributions by version; other files are left out."""
    found: dict[Version, list[ServedFile]] = {}
    read: dict[str, Version | None] = {}
    for file in files:
        # What stands before the tags: an index may serve fifty wheels of one version.
        head = file.filename.rsplit("-", 3)[0] if file.is_wheel else file.filename
        if head not in read:
            text = version_of(file)
            read[head] = Version(text) if text else None
        version = read[head]
        if version is not None:
            found.setdefault(version, []).append(file)
    return found


def serves(file: ServedFile, python: str, *, sdist: bool) -> bool:
    """Return whether CPython ``python`` (a full version) may install ``file``.

    ``sdist`` says whether source distributions may be built.
    """
    if not allows(file.requires_python, python):
        return False
    if not file.is_wheel:
        return sdist
    minor = int(python.split(".")[1])
    return any(_tag_serves(tag, minor) for tag in parse_wheel_filename(file.filename)[3])


def allows(requires_python: str | None, python: str) -> bool:
    """Return whether a Requires-Python allows ``python``; one that cannot be read allows all."""
    try:
        return requires_python is None or SpecifierSet(requires_python).contains(
            python, prereleases=True
        )
    except InvalidSpecifier:
        return True


def why_not(files: Iterable[ServedFile], python: str) -> str:
    """Return the Requires-Python that rules ``python`` out, or the Pythons that wheels are for."""
    listed = list(files)
    for file in listed:
        if file.requires_python and not allows(file.requires_python, python):
            return file.requires_python
    minors = sorted(
        {
            int(found[1])
            for file in listed
            if file.is_wheel
            for tag in parse_wheel_filename(file.filename)[3]
            if (found := re.fullmatch(r"cp3(\d+)", tag.interpreter))
        }
    )
    return " or ".join(f"3.{minor}" for minor in minors) + " (by its wheels)"


def _tag_serves(tag: Tag, minor: int) -> bool:
    # The rules of packaging.tags.cpython_tags and compatible_tags, the platform left open.
    if found := re.fullmatch(r"py3(\d*)", tag.interpreter):
        return not found[1] or int(found[1]) <= minor
    found = re.fullmatch(r"cp3(\d*)", tag.interpreter)
    if not found:
        return False
    if not found[1]:
        return tag.abi in {"none", "abi3"}
    if int(found[1]) == minor:
        return tag.abi in {"none", "abi3", f"cp3{minor}"}
    return int(found[1]) < minor and tag.abi == "abi3"
