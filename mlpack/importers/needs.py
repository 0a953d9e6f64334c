"""Files that state dependencies: what of them a manifest's ``dependencies`` can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from mlpack.errors import UsageError
from mlpack.importers.model import Left, NewFile
from mlpack.importers.poetry import poetry_requirements
from mlpack.importers.tables import listed, read_toml, read_yaml, table
from mlpack.importers.uvlock import locked_pins
from mlpack.manifest.requirement_files import logical_lines

CONSTRAINTS = "imported-pins.txt"
# They are programs and libraries of conda's own, not packages of Python.
_NOT_PYTHON = re.compile(
    r"_.*|lib.*|cuda.*|cudnn|gcc.*|gxx.*|.*-runtime|mkl.*|openblas|openssl|ca-certificates|"
    r"pip|setuptools|wheel|nodejs|r-.*|bzip2|zlib|xz|tk|ncurses|readline|sqlite|ffmpeg|git|make"
)
_OTHER_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a file asks for, as the manifest's ``dependencies``; ``python`` as it stands there."""

    value: Any
    origin: str
    python: str | None = None
    files: tuple[NewFile, ...] = ()
    left: tuple[Left, ...] = ()


def needs_of(path: Path) -> Needs:
    """Return what one file asks for. Raises ``UsageError`` for a file of no known kind."""
    reader = _reader(path.name)
    if reader is None:
        raise UsageError(f"{path.name} is no file of dependencies that mlpack knows")
    return reader(path)


def needs_in(folder: Path) -> Needs | None:
    """Return what a project's folder asks for, from the first kind of file that it has."""
    for name in _ORDER:
        path = folder / name
        if path.is_file() and (name != "pyproject.toml" or _has_dependencies(path)):
            return needs_of(path)
    return None


def states_dependencies(name: str) -> bool:
    """Tell whether a file of this name is one that states dependencies."""
    return _reader(name) is not None


def _requirements(path: Path) -> Needs:
    needs = Needs(value={"file": path.name}, origin=path.name)
    compiled = path.with_suffix(".txt")
    if path.suffix != ".in" or not compiled.is_file():
        return needs
    pins = _pins(compiled)
    if not pins:
        why = f"{path.name} is taken, and not all of this file's lines are pins"
        return replace(needs, left=(Left(what=compiled.name, why=why),))
    return with_constraints(needs, pins, compiled.name)


def with_constraints(needs: Needs, pins: Sequence[str], origin: str) -> Needs:
    """Return ``needs`` with pins that are kept in a constraints file."""
    text = f"# The versions that {origin} pins.\n" + "".join(f"{line}\n" for line in pins)
    value = needs.value if isinstance(needs.value, dict) else {"requirements": needs.value}
    file = NewFile(path=PurePosixPath(CONSTRAINTS), content=text.encode())
    return replace(
        needs,
        value={**value, "constraints": [CONSTRAINTS]},
        origin=f"{needs.origin} and {origin}",
        files=(*needs.files, file),
    )


def _pins(path: Path) -> list[str]:
    """Return a compiled file's pins as constraints; nothing where a line is none."""
    pins: list[str] = []
    for _, line in logical_lines(path.read_text(encoding="utf-8", errors="replace")):
        if line.startswith("-"):
            continue
        try:
            wanted = Requirement(re.split(r"\s--hash", line)[0])
        except InvalidRequirement:
            return []
        if not str(wanted.specifier).startswith("==") or "*" in str(wanted.specifier):
            return []
        marker = f" ; {wanted.marker}" if wanted.marker else ""
        pins.append(f"{canonicalize_name(wanted.name)}{wanted.specifier}{marker}")
    return sorted(set(pins))


def _pyproject(path: Path) -> Needs:
    content = read_toml(path)
    project = table(content, "project")
    poetry = table(content, "tool", "poetry")
    if "dependencies" in poetry and "dependencies" not in project:
        found = poetry_requirements(poetry)
        return Needs(
            value=list(found.requirements), origin=path.name, python=found.python, left=found.left
        )
    left = [
        *_more(project.get("optional-dependencies"), "extras", "extra"),
        *_more(content.get("dependency-groups"), "groups", "group"),
    ]
    if "dependencies" in listed(project, "dynamic"):
        why = "they are computed when the project is built: name them in the manifest"
        left.append(Left(what="its dependencies", why=why))
    if table(content, "tool", "uv").get("index"):
        why = "a manifest names indexes by `index_url`; uv's own variables work too"
        left.append(Left(what="the indexes of tool.uv", why=why))
    value = {"pyproject": {"path": path.name}}
    lock = path.with_name("uv.lock")
    needs = Needs(
        value=value,
        origin=path.name,
        python=_text(project.get("requires-python")),
        left=tuple(left),
    )
    return _locked(needs, lock) if lock.is_file() else needs


def _more(named: Any, key: str, word: str) -> list[Left]:
    names = ", ".join(sorted(named)) if isinstance(named, dict) else ""
    why = f"name under `dependencies.pyproject.{key}` what the model needs"
    return [Left(what=f"each {word} ({names})", why=why)] if names else []


def _uv_lock(path: Path) -> Needs:
    project = path.with_name("pyproject.toml")
    if project.is_file():
        return _pyproject(project)
    locked = locked_pins(read_toml(path))
    needs = Needs(value=list(locked.direct), origin=path.name, python=locked.python)
    return _locked(needs, path)


def _locked(needs: Needs, path: Path) -> Needs:
    content = read_toml(path)
    if not listed(content, "package"):
        raise UsageError(f"{path} locks no package")
    locked = locked_pins(content)
    needs = replace(needs, left=(*needs.left, *locked.left))
    return with_constraints(needs, locked.pins, path.name) if locked.pins else needs


def _conda(path: Path) -> Needs:
    content = read_yaml(path)
    if not listed(content, "dependencies"):
        raise UsageError(f"{path.name} has no list of dependencies")
    requirements: list[str] = []
    left: list[Left] = []
    python = None
    for item in listed(content, "dependencies"):
        if isinstance(item, dict):
            requirements += [str(line) for line in listed(item, "pip")]
            continue
        name, version = _conda_parts(str(item))
        if name == "python":
            python = version.removeprefix("=").removeprefix("=") or None
        elif _NOT_PYTHON.fullmatch(name):
            if name not in ("pip", "setuptools", "wheel"):
                why = "it is conda's, and no package of Python: the machine must have it"
                left.append(Left(what=str(item), why=why))
        else:
            requirements.append(_OTHER_NAMES.get(name, name) + _conda_version(version))
            why = f"taken as the Python package `{requirements[-1]}`: conda's build may differ"
            left.append(Left(what=f"conda's own `{item}`", why=why))
    return from_lines(requirements, path, python, left)


def from_lines(
    lines: Sequence[str], path: Path, python: str | None, left: Sequence[Left] = ()
) -> Needs:
    """Return requirement lines as needs: ``-r FILE`` alone becomes that file."""
    files = [line[2:].strip() for line in lines if line.startswith("-r")]
    if len(files) == 1:
        rest = [line for line in lines if not line.startswith("-")]
        needs = _requirements(path.with_name(files[0]))
        value = {**needs.value, **({"requirements": rest} if rest else {})}
        return replace(needs, value=value, python=python, left=(*needs.left, *left))
    options = [line for line in lines if line.startswith("-")]
    why = "a manifest has options of its own under `dependencies`"
    more = [Left(what=f"the option `{without_credentials(line)}`", why=why) for line in options]
    rest = [line for line in lines if not line.startswith("-")]
    return Needs(value=rest, origin=path.name, python=python, left=(*left, *more))


def without_credentials(text: str) -> str:
    """Return a text whose addresses hold no user and no password."""
    return re.sub(r"(://)[^/@\s]+@", r"\1", text)


def _conda_parts(item: str) -> tuple[str, str]:
    bare = item.rpartition("::")[2]
    found = re.match(r"\s*([A-Za-z0-9_.-]+)\s*(.*)$", bare)
    return (found[1].lower(), found[2].strip()) if found else (bare, "")


def _conda_version(version: str) -> str:
    if not version:
        return ""
    if version.startswith("=") and not version.startswith("=="):
        # `=1.26` means any 1.26 in conda; what follows a second `=` names a build of its own.
        number = version[1:].partition("=")[0].strip(" *.")
        return f"=={number}.*" if number.count(".") < 2 else f"=={number}"
    return version.partition("=py")[0].replace(" ", "")


def _mlproject(path: Path) -> Needs:
    content = read_yaml(path)
    left = []
    if table(content, "entry_points"):
        names = ", ".join(map(str, content["entry_points"]))
        why = "a manifest describes a model, not how it is trained: `mlpack run -- CMD`"
        left.append(Left(what=f"the entry points ({names})", why=why))
    if isinstance(content, dict) and content.get("docker_env"):
        why = "mlpack makes environments from requirements, not from images"
        left.append(Left(what="docker_env", why=why))
    for key in ("python_env", "conda_env"):
        named = content.get(key) if isinstance(content, dict) else None
        if isinstance(named, str) and (path.parent / named).is_file():
            needs = (
                _python_env(path.parent / named)
                if key == "python_env"
                else _conda(path.parent / named)
            )
            return replace(needs, left=(*left, *needs.left))
    return Needs(value=[], origin=path.name, left=tuple(left))


def _python_env(path: Path) -> Needs:
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise UsageError(f"{path.name} is no mapping")
    lines = [str(line) for line in listed(content, "dependencies")]
    return from_lines(lines, path, _text(content.get("python")))


def _has_dependencies(path: Path) -> bool:
    content = read_toml(path)
    return "dependencies" in table(content, "project") or bool(
        table(content, "tool", "poetry").get("dependencies")
    )


def _reader(name: str) -> Callable[[Path], Needs] | None:
    if name in _READERS:
        return _READERS[name]
    return _requirements if re.fullmatch(r".*requirements.*\.(in|txt)", name) else None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


_READERS: Mapping[str, Callable[[Path], Needs]] = {
    "MLproject": _mlproject,
    "conda.yaml": _conda,
    "conda.yml": _conda,
    "environment.yaml": _conda,
    "environment.yml": _conda,
    "python_env.yaml": _python_env,
    "pyproject.toml": _pyproject,
    "uv.lock": _uv_lock,
}
_ORDER = (
    "requirements.in", "requirements.txt", "pyproject.toml", "MLproject", "python_env.yaml",
    "conda.yaml", "conda.yml", "environment.yaml", "environment.yml", "uv.lock",
)  # fmt: skip
