"""Dependencies out of a ``pyproject.toml``: the project's own, extras, and groups (PEP 735)."""

from __future__ import annotations

import sys
from pathlib import PurePosixPath
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from mlpack.manifest.model import Pyproject
from mlpack.manifest.rules.requirement_lines import Asked, Source, line_span
from mlpack.manifest.schema import closest


def read_pyproject(asked: Asked, stated: Pyproject, named: Source) -> None:
    """Take in the dependencies that ``stated`` chooses, ``named`` being where it is written."""
    text = asked.read(stated.path, named)
    content = None if text is None else _load(asked, text, named)
    if text is None or content is None:
        return
    reader = _Reader(asked, stated.path, text, content, named)
    reader.take_project()
    for extra in stated.extras:
        reader.take_extra(extra)
    for group in stated.groups:
        reader.take_group(group, ())


class _Reader:
    def __init__(
        self,
        asked: Asked,
        path: PurePosixPath,
        text: str,
        content: dict[str, Any],
        named: Source,
    ) -> None:
        self._asked = asked
        self._path = path
        self._named = named
        self._text = text
        self._project = _table(content, "project")
        self._name = canonicalize_name(str(self._project.get("name", "")))
        self._extras = {
            str(canonicalize_name(name)): values
            for name, values in _table(self._project, "optional-dependencies").items()
        }
        self._groups = {
            str(canonicalize_name(name)): values
            for name, values in _table(content, "dependency-groups").items()
        }
        self._sources = _sources(content)
        self._seen: set[str] = set()

    def take_project(self) -> None:
        """Take in ``project.dependencies``."""
        if "dependencies" in self._project.get("dynamic", []):
            hint = "List the requirements in the manifest, or in a file that it refers to."
            message = f"`{self._path}` declares its dependencies as dynamic"
            self._asked.refuse("dynamic-dependencies", message, self._named, hint)
        self._all(self._project.get("dependencies", []))

    def take_extra(self, name: str) -> None:
        """Take in one of ``project.optional-dependencies``."""
        key = canonicalize_name(name)
        if key in self._seen:
            return
        self._seen.add(key)
        if key not in self._extras:
            self._missing("extra", name, self._extras)
            return
        self._all(self._extras[key])

    def take_group(self, name: str, within: tuple[str, ...]) -> None:
        """Take in one of ``dependency-groups`` and those that it includes."""
        key = canonicalize_name(name)
        if key in within:
            chain = " → ".join((*within, key))
            hint = "Remove one of the includes."
            message = f"Dependency groups in `{self._path}` include each other: {chain}"
            self._asked.refuse("include-cycle", message, self._named, hint)
        elif key not in self._groups:
            self._missing("group", name, self._groups)
        else:
            for value in self._groups[key]:
                if isinstance(value, dict) and isinstance(value.get("include-group"), str):
                    self.take_group(value["include-group"], (*within, key))
                else:
                    self._all([value])

    def _all(self, values: Any) -> None:
        for value in values if isinstance(values, list) else [values]:
            source = self._source(value)
            if not isinstance(value, str):
                hint = "Write it as a string, such as `numpy>=1.26`."
                self._asked.refuse("bad-requirement", f"`{value}` is not a string", source, hint)
            elif not self._own(value) and not self._redirected(value, source):
                self._asked.add(value, source)

    def _own(self, value: str) -> bool:
        """Take in ``this-project[extra]`` as the extra that it means."""
        try:
            requirement = Requirement(value)
        except InvalidRequirement:
            return False
        if not self._name or canonicalize_name(requirement.name) != self._name:
            return False
        for extra in sorted(requirement.extras):
            self.take_extra(extra)
        return True

    def _redirected(self, value: str, source: Source) -> bool:
        """Refuse a requirement that ``tool.uv.sources`` takes from a path or git."""
        try:
            name = canonicalize_name(Requirement(value).name)
        except InvalidRequirement:
            return False
        kind = self._sources.get(name)
        if kind is None:
            return False
        hint = "Use a released version, add its code to `code_paths`, or use the URL of a wheel."
        message = f"`{self._path}` takes `{name}` from its {kind} (tool.uv.sources)"
        self._asked.refuse("local-requirement", message, source, hint)
        return True

    def _missing(self, kind: str, name: str, known: dict[str, Any]) -> None:
        has = ", ".join(sorted(known)) or f"no {kind}s"
        message = f"`{self._path}` has no {kind} `{name}`"
        near = closest(name, known)
        hint = f"Did you mean `{near}`?" if near else f"It has {has}."
        self._asked.refuse("unknown-extra", message, self._named, hint)

    def _source(self, value: object) -> Source:
        name = str(self._path)
        for number, line in enumerate(self._text.splitlines(), start=1):
            if (column := line.find(str(value))) >= 0:
                span = line_span(self._asked.shown(self._path), number, str(value), column + 1)
                return Source(name=name, span=span, text=self._text)
        return Source(name=name, span=self._named.span)


def _load(asked: Asked, text: str, named: Source) -> dict[str, Any] | None:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"`{named.name}` is not valid TOML: {error}"
        asked.refuse("toml-syntax", message, named, "Fix the file.")
        return None
    return content


def _sources(content: dict[str, Any]) -> dict[str, str]:
    listed = _table(_table(_table(content, "tool"), "uv"), "sources")
    found: dict[str, str] = {}
    for name, value in listed.items():
        for each in value if isinstance(value, list) else [value]:
            kinds = [key for key in ("path", "workspace", "git", "url") if key in (each or {})]
            if kinds:
                found[canonicalize_name(name)] = kinds[0]
    return found


def _table(content: dict[str, Any], key: str) -> dict[str, Any]:
    value = content.get(key, {})
    return value if isinstance(value, dict) else {}
