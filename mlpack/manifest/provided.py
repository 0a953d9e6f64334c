"""Which distributions the model's environment will hold, as far as files at hand tell."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from mlpack.manifest.known_imports import COMMON, NAMESPACES, distributions
from mlpack.manifest.view import View

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")
# Names alone: reading a whole lock takes longer than all other checks together.
_LOCKED = re.compile(r"^\s*- name: \"?([a-z0-9][a-z0-9-]*)\"?\s*$", re.MULTILINE)
_INCLUDED = re.compile(r"(?:-r|--requirement)[\s=]*(\S+)")
_EMPTY_WORDS = frozenset({"python", "lib", "core", "utils", "sdk", "api", "client", "data", "the"})


class Provided(NamedTuple):
    """Normalised names of distributions; ``complete`` where they come from a lock."""

    names: frozenset[str]
    complete: bool

    def may_bring(self, top: str) -> bool:
        """Whether one of them may well provide the top-level module ``top``."""
        if top in NAMESPACES or (top in COMMON and not self.complete):
            return True
        if any(normal(name) in self.names for name in (*distributions(top), top)):
            return True
        return any(_alike(top, name) for name in self.names)


def provided(view: View) -> Provided | None:
    """Return what the manifest's requirements name, and the lock beside it pins.

    ``None`` where a requirement does not tell its name: then anything may come.
    """
    written = view.keys.get("dependencies")
    if written is None:
        return None
    asked = {"requirements": written} if isinstance(written, list) else written
    try:
        names = set(_asked_names(view.root, asked))
    except (OSError, ValueError, _NamelessError):
        return None
    if not names & {"mlflow", "mlflow-skinny"}:
        names.add("mlflow")
    locked = _locked_names(view)
    return Provided(names=frozenset(names | locked), complete=bool(locked))


def normal(name: str) -> str:
    """Return a distribution's name in the one way that indexes write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


class _NamelessError(Exception):
    """A requirement does not say its name."""


def _asked_names(root: Path, asked: dict[str, Any]) -> Iterator[str]:
    for line in asked.get("requirements", ()):
        yield _name(line)
    if "file" in asked:
        yield from _file_names(root / asked["file"], seen=set())
    if "pyproject" in asked:
        yield from _project_names(root / asked["pyproject"].get("path", "pyproject.toml"))


def _file_names(path: Path, seen: set[Path]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    text = path.read_text(encoding="utf-8-sig").replace("\\\n", " ")
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        if included := _INCLUDED.match(line):
            yield from _file_names(path.parent / included[1], seen)
        elif line.startswith(("-e", "--editable")):
            raise _NamelessError
        elif line and not line.startswith("-"):
            yield _name(line)


def _project_names(path: Path) -> Iterator[str]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    project = tomllib.loads(path.read_text(encoding="utf-8"))
    table = project.get("project", {})
    lists = [
        table.get("dependencies", []),
        *table.get("optional-dependencies", {}).values(),
        *project.get("dependency-groups", {}).values(),
    ]
    if "dependencies" in table.get("dynamic", ()):
        raise _NamelessError
    yield from (_name(line) for lines in lists for line in lines if isinstance(line, str))


def _name(line: str) -> str:
    found = _NAME.match(line)
    if found is None or "://" in line.partition("@")[0]:
        raise _NamelessError
    return normal(found[1])


def _locked_names(view: View) -> set[str]:
    path = (view.root / Path(view.document.file).name).with_suffix(".lock")
    try:
        return set(_LOCKED.findall(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        return set()


def _alike(top: str, name: str) -> bool:
    """Whether a name looks as if it had to do with a module: they share a word, or contain it."""
    compact = [re.sub(r"[-_.]", "", each).lower() for each in (top, name)]
    if min(map(len, compact)) >= 4 and (compact[0] in compact[1] or compact[1] in compact[0]):
        return True
    words = [set(re.split(r"[-_.]", each.lower())) for each in (top, name)]
    shared = words[0] & words[1] - _EMPTY_WORDS
    return any(len(word) >= 3 for word in shared)
