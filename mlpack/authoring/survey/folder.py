"""One look at a folder: models among its classes, its packages, its Python, its data files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlpack.manifest.code import FoundClass, python_model_classes

_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "dist", "build", "venv"})
_REQUIREMENTS = ("requirements.in", "requirements.txt")
# What other packagers leave; `mlpack import` reads more of it than a look at the folder tells.
_IMPORTABLE = ("packaging_metadata.yaml", "model_spec.py", "package.py", "MLproject", "MLmodel")
_PYTHONS = tuple(f"3.{minor}" for minor in range(14, 8, -1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A folder as seen from outside; paths are relative to it."""

    root: Path
    models: tuple[FoundClass, ...]
    """Classes that can be packaged: with a ``predict``, outside of tests, not mere bases."""
    requirements: PurePosixPath | None
    """A requirements file or ``pyproject.toml`` that names packages."""
    python: str | None
    """The minor version that the folder states, if it does."""
    files: tuple[PurePosixPath, ...]
    """All visible files but Python source, sorted."""
    importable: PurePosixPath | None
    """What `mlpack import` knows how to read."""


def survey(root: Path, *, prefer: str) -> Survey:
    """Look at ``root``; ``prefer`` is the Python to take where several fit what it states."""
    if not root.is_dir():
        return Survey(
            root=root, models=(), requirements=None, python=None, files=(), importable=None
        )
    project = _project_table(root / "pyproject.toml")
    importable = [PurePosixPath(name) for name in _IMPORTABLE if (root / name).is_file()]
    return Survey(
        root=root,
        models=_models(root),
        requirements=_requirements(root, project),
        python=_python(root, project, prefer),
        files=tuple(_files(root)),
        importable=next(iter(importable), None),
    )


def _models(root: Path) -> tuple[FoundClass, ...]:
    found = [each for each in python_model_classes(root) if not _is_test(each.path)]
    bases = {
        base.resolved.rpartition(".")[2]
        for each in found
        for base in each.facts.bases
        if base.resolved
    }
    return tuple(each for each in found if each.has_predict and each.facts.name not in bases)


def _is_test(path: PurePosixPath) -> bool:
    folders = {"test", "tests", "testing"}.intersection(path.parts)
    return bool(folders) or path.name.startswith("test_") or path.name == "conftest.py"


def _requirements(root: Path, project: dict[str, Any]) -> PurePosixPath | None:
    for name in _REQUIREMENTS:
        if (root / name).is_file():
            return PurePosixPath(name)
    return PurePosixPath("pyproject.toml") if project.get("dependencies") else None


def _python(root: Path, project: dict[str, Any], prefer: str) -> str | None:
    pinned = root / ".python-version"
    if pinned.is_file():
        stated = pinned.read_text(encoding="utf-8", errors="replace")
        if found := re.match(r"\s*(?:cpython-)?(3\.\d+)", stated):
            return found[1]
    if isinstance(bound := project.get("requires-python"), str):
        return _fitting(bound, prefer)
    return None


def _fitting(bound: str, prefer: str) -> str | None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        allowed = SpecifierSet(bound)
    except InvalidSpecifier:
        return None
    return next((each for each in (prefer, *_PYTHONS) if allowed.contains(f"{each}.99")), None)


def _project_table(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8", errors="replace")).get("project")
    except tomllib.TOMLDecodeError:
        return {}
    return table if isinstance(table, dict) else {}


def _files(root: Path) -> Iterator[PurePosixPath]:
    for here, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if _is_visible(Path(here) / name))
        for name in sorted(files):
            if not name.startswith(".") and not name.endswith((".py", ".pyc")):
                yield PurePosixPath((Path(here) / name).relative_to(root).as_posix())


def _is_visible(folder: Path) -> bool:
    if folder.name.startswith(".") or folder.name in _SKIPPED or folder.is_symlink():
        return False
    return not (folder / "pyvenv.cfg").is_file()
