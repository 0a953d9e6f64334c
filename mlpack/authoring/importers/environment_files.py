"""Other tools' own files of dependencies: conda environments, Poetry's tables, ``uv.lock``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from mlpack.authoring.importers.model import Left
from mlpack.authoring.importers.tables import listed, table

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
        line, reason = _conda_requirement(_OTHER_NAMES.get(name, name), version)
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
            why = "`verify.env` sets variables for verification only; a server sets its own"
            left.append(Left(what=f"the variables {content[key]}", why=why))
        elif key not in ("channels", "dependencies"):
            why = "the environment is built from `python` and `dependencies`"
            left.append(Left(what=f"`{key}: {content[key]}` of the conda environment", why=why))
    return left


def _not_a_package(name: str) -> str | None:
    if name in _INSTALLERS:
        return "it is an installer, and each environment has its own"
    if _NOT_PYTHON.fullmatch(name):
        return "it is a conda package, not a Python package: the machine must provide it"
    return None


def _conda_requirement(name: str, version: str) -> tuple[str, str]:
    """Return a requirement line, and what to know of it."""
    line = name + _version(version)
    try:
        Requirement(line)
    except InvalidRequirement:
        return name, f"imported as the Python package `{name}`: pip cannot parse its version"
    return line, f"imported as the Python package `{line}`: the conda build may differ"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PoetryRequirements:
    """Requirements, the range of Python, and what has no form as a requirement."""

    requirements: tuple[str, ...]
    python: str | None
    left: tuple[Left, ...]


def poetry_requirements(poetry: dict[str, Any]) -> PoetryRequirements:
    """Return ``tool.poetry.dependencies`` as requirements."""
    lines: list[str] = []
    left: list[Left] = []
    python = None
    for name, stated in table(poetry, "dependencies").items():
        if name == "python":
            python = _range(str(stated))
            continue
        line = _poetry_requirement(name, stated)
        if line is None:
            why = "it comes from a path or a repository, or has several definitions"
            left.append(Left(what=f"the dependency {name}", why=why))
        else:
            lines.append(line)
    for group in table(poetry, "group"):
        why = "only the main dependencies are imported"
        left.append(Left(what=f"the group {group}", why=why))
    return PoetryRequirements(requirements=tuple(lines), python=python, left=tuple(left))


def _poetry_requirement(name: str, stated: Any) -> str | None:
    if isinstance(stated, str):
        return f"{name}{_range(stated)}"
    if not isinstance(stated, dict) or "version" not in stated or stated.get("optional"):
        return None
    if set(stated) & {"git", "path", "url", "source"}:
        return None
    named = ",".join(str(each) for each in listed(stated, "extras"))
    extras = f"[{named}]" if named else ""
    marker = f" ; {stated['markers']}" if stated.get("markers") else ""
    return f"{name}{extras}{_range(str(stated['version']))}{marker}"


def _range(stated: str) -> str:
    """Return a version range with Poetry's carets and tildes written out."""
    parts = [part.strip() for part in stated.split(",")]
    return ",".join(written for part in parts if (written := _part(part)))


def _part(part: str) -> str:
    found = re.fullmatch(r"([~^])\s*(\d+(?:\.\d+)*)(.*)", part)
    if found and not found[3]:
        numbers = [int(number) for number in found[2].split(".")]
        return f">={found[2]},<{_next(numbers, caret=found[1] == '^')}"
    if part in ("*", ""):
        return ""
    return f"=={part}" if part[0].isdigit() else part.replace(" ", "")


def _next(numbers: list[int], *, caret: bool) -> str:
    """Return the first version beyond a caret's or a tilde's range."""
    if caret:
        place = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        place = min(1, len(numbers) - 1)
    return ".".join(str(number) for number in [*numbers[:place], numbers[place] + 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPins:
    """Pins as constraint lines, and what the locked project itself asks for."""

    pins: tuple[str, ...]
    direct: tuple[str, ...]
    python: str | None
    left: tuple[Left, ...]


def locked_pins(content: dict[str, Any]) -> LockedPins:
    """Return the pins of a lock that uv wrote: name, version and marker, never an address."""
    packages = [each for each in listed(content, "package") if isinstance(each, dict)]
    names = [str(each.get("name")) for each in packages]
    pins: set[str] = set()
    left: list[Left] = []
    direct: list[str] = []
    for each in packages:
        name, source = str(each.get("name")), table(each, "source")
        if "registry" in source:
            pins.add(_pin(each, forked=names.count(name) > 1))
        elif source.get("virtual") == "." or source.get("editable") == ".":
            direct = [_direct(item) for item in listed(each, "dependencies")]
        else:
            kind = next(iter(source), "unknown")
            why = f"its source is {kind}, but packages in a manifest come from an index"
            left.append(Left(what=f"the pin of {name}", why=why))
    python = content.get("requires-python")
    return LockedPins(
        pins=tuple(sorted(pins)),
        direct=tuple(direct),
        python=None if python is None else str(python),
        left=tuple(left),
    )


def _pin(package: dict[str, Any], *, forked: bool) -> str:
    line = f"{package.get('name')}=={package.get('version')}"
    markers = [str(each) for each in listed(package, "resolution-markers")] if forked else []
    if not markers:
        return line
    joined = " or ".join(f"({each})" for each in markers) if len(markers) > 1 else markers[0]
    return f"{line} ; {joined}"


def _direct(item: Any) -> str:
    extra = ",".join(str(each) for each in listed(item, "extra"))
    item = item if isinstance(item, dict) else {}
    extras = f"[{extra}]" if extra else ""
    marker = f" ; {item['marker']}" if item.get("marker") else ""
    return f"{item.get('name')}{extras}{marker}"
