"""Files that state dependencies: what of them a manifest's ``dependencies`` can say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from mlpack.authoring.importers.environment_files import (
    conda_parts,
    locked_pins,
    poetry_requirements,
)
from mlpack.authoring.importers.model import Left, NewFile
from mlpack.authoring.importers.tables import listed, read_toml, read_yaml, table
from mlpack.core.errors import UsageError
from mlpack.core.redaction import without_credentials
from mlpack.manifest.rules.requirement_files import logical_lines

CONSTRAINTS = "imported-pins.txt"


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
        raise UsageError(f"{path.name} is not a supported dependency file")
    return reader(path)


def stated_file(name: str, folder: Path) -> Needs:
    """Return what a file asks for that somebody gives as requirements, whatever its name is."""
    return _requirements(folder / name, PurePosixPath(name).as_posix())


def stated_conda_file(name: str, folder: Path) -> Needs:
    """Return what a file asks for that somebody gives as a conda environment."""
    return _conda(folder / name)


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


def _requirements(path: Path, shown: str | None = None) -> Needs:
    needs = Needs(value={"file": shown or path.name}, origin=path.name)
    compiled = path.with_suffix(".txt")
    if path.suffix != ".in" or not compiled.is_file():
        return needs
    pins = _pins(compiled)
    if not pins:
        why = f"{path.name} is used instead, because not all lines of this file are pins"
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
        why = "they are dynamic: list them in the manifest"
        left.append(Left(what="its dependencies", why=why))
    if table(content, "tool", "uv").get("index"):
        why = "set `index_url` in the manifest, or use uv's own variables"
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
    why = f"list those that the model needs in `dependencies.pyproject.{key}`"
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
        raise UsageError(f"{path} does not lock any packages")
    locked = locked_pins(content)
    needs = replace(needs, left=(*needs.left, *locked.left))
    return with_constraints(needs, locked.pins, path.name) if locked.pins else needs


def _conda(path: Path) -> Needs:
    content = read_yaml(path)
    if not listed(content, "dependencies"):
        raise UsageError(f"{path.name} has no list of dependencies")
    return conda_needs(content, path)


def conda_needs(content: Any, path: Path) -> Needs:
    """Return what a conda environment asks for; ``path`` is the file that states it."""
    found = conda_parts(content)
    return from_lines(found.requirements, path, found.python, found.left)


def from_lines(
    lines: Sequence[str], path: Path, python: str | None, left: Sequence[Left] = ()
) -> Needs:
    """Return requirement lines as needs: ``-r FILE`` alone becomes that file."""
    files = [line[2:].strip() for line in lines if line.startswith("-r")]
    taken = files if len(files) == 1 and (path.parent / files[0]).is_file() else []
    rest = [line for line in lines if not line.startswith("-")]
    more = _options(line for line in lines if not (taken and line.startswith("-r")))
    if not taken:
        return Needs(value=rest, origin=path.name, python=python, left=(*left, *more))
    needs = stated_file(taken[0], path.parent)
    value = {**needs.value, **({"requirements": rest} if rest else {})}
    return replace(needs, value=value, python=python, left=(*needs.left, *left, *more))


def with_lines(needs: Needs, lines: Sequence[str]) -> Needs:
    """Return ``needs`` with more requirement lines."""
    more = [line for line in lines if not line.startswith("-")]
    needs = replace(needs, left=(*needs.left, *_options(lines)))
    if not more or isinstance(needs.value, list):
        return replace(needs, value=[*needs.value, *more] if more else needs.value)
    own = needs.value.get("requirements", [])
    return replace(needs, value={**needs.value, "requirements": [*own, *more]})


def _options(lines: Iterable[str]) -> list[Left]:
    why = "set options under `dependencies` in the manifest"
    options = [without_credentials(line) for line in lines if line.startswith("-")]
    return [Left(what=f"the option `{line}`", why=why) for line in options]


def _mlproject(path: Path) -> Needs:
    content = read_yaml(path)
    left = []
    if table(content, "entry_points"):
        names = ", ".join(map(str, content["entry_points"]))
        why = "a manifest describes a model, not how to train it: use `mlpack run -- CMD`"
        left.append(Left(what=f"the entry points ({names})", why=why))
    if isinstance(content, dict) and content.get("docker_env"):
        why = "mlpack builds environments from requirements, not from images"
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
        raise UsageError(f"{path.name} is not a mapping")
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
