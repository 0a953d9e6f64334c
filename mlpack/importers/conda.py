"""A conda environment: what of it pip has, and what it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from mlpack.importers.model import Left
from mlpack.importers.tables import listed

# They are programs and libraries of conda's own, not packages of Python.
_NOT_PYTHON = re.compile(
    r"_.*|lib.*|cuda.*|cudnn|nccl|gcc.*|gxx.*|.*-runtime|mkl.*|blas|openblas|openssl|"
    r"ca-certificates|pytorch-(cuda|mutex)|openjdk|nodejs|r-.*|bzip2|zlib|zstd|xz|tk|ncurses|"
    r"readline|sqlite|ffmpeg|git|make|cmake|compilers|tzdata"
)
_INSTALLERS = ("pip", "wheel")
_OTHER_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}
_NUMBER = re.compile(r"=?\s*(\d[\w.+!]*?)(\.?\*)?(?:[=\s]\s*\S*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaParts:
    """Requirement lines, the Python that is asked for, and what has no place in them."""

    requirements: tuple[str, ...]
    python: str | None
    left: tuple[Left, ...]


def conda_parts(content: Any) -> CondaParts:
    """Return the parts of an environment of conda's, given as its file's content."""
    requirements: list[str] = []
    left = _around(content if isinstance(content, dict) else {})
    python = None
    for item in listed(content, "dependencies"):
        if isinstance(item, dict):
            requirements += [str(line) for line in listed(item, "pip")]
            continue
        name, version = _name_and_version(str(item))
        if name == "python":
            number = _NUMBER.fullmatch(version)
            python = (number[1] if number else version) or None
            continue
        if name in _INSTALLERS and not version:
            continue
        why = _not_a_package(name)
        if why is not None:
            left.append(Left(what=str(item), why=why))
            continue
        line, reason = _requirement(_OTHER_NAMES.get(name, name), version)
        requirements.append(line)
        left.append(Left(what=f"conda's own `{item}`", why=reason))
    return CondaParts(requirements=tuple(requirements), python=python, left=tuple(left))


def _around(content: dict[str, Any]) -> list[Left]:
    """Name what an environment says besides its dependencies."""
    left = []
    channels = ", ".join(map(str, listed(content, "channels")))
    if channels:
        why = "packages come from a Python package index"
        left.append(Left(what=f"conda's channels ({channels})", why=why))
    for key in content:
        if key == "variables":
            why = "`verify.env` sets variables for the proof; a server sets its own"
            left.append(Left(what=f"the variables {content[key]}", why=why))
        elif key not in ("channels", "dependencies"):
            why = "the package's environment is made from `python` and `dependencies`"
            left.append(Left(what=f"`{key}: {content[key]}` of the conda environment", why=why))
    return left


def _not_a_package(name: str) -> str | None:
    if name in _INSTALLERS:
        return "it installs packages, and each environment has its own"
    if _NOT_PYTHON.fullmatch(name):
        return "it is conda's, and no package of Python: the machine must have it"
    return None


def _requirement(name: str, version: str) -> tuple[str, str]:
    """Return a requirement line, and what to know of it."""
    line = name + _version(version)
    try:
        Requirement(line)
    except InvalidRequirement:
        return name, f"taken as the Python package `{name}`: pip cannot read its version"
    return line, f"taken as the Python package `{line}`: conda's build may differ"


def _name_and_version(item: str) -> tuple[str, str]:
    bare = item.rpartition("::")[2]
    found = re.match(r"\s*([A-Za-z0-9_.-]+)\s*(.*)$", bare)
    return (found[1].lower(), found[2].strip()) if found else (bare, "")


def _version(version: str) -> str:
    """Return a version as pip writes it; a build of conda's own behind it stays out."""
    found = _NUMBER.fullmatch(version)
    if found is None:
        return re.sub(r"^(==[^=,]+)=.*$", r"\1", version.replace(" ", ""))
    number, open_end = found[1], found[2]
    # `=1.26` means any 1.26 in conda.
    return f"=={number}.*" if open_end or number.count(".") < 2 else f"=={number}"
