"""Poetry's own way to state dependencies, as requirements that any tool reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mlpack.importers.model import Left
from mlpack.importers.tables import listed, table


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
        line = _requirement(name, stated)
        if line is None:
            why = "it comes from a path or a repository, or has several forms"
            left.append(Left(what=f"the dependency {name}", why=why))
        else:
            lines.append(line)
    for group in table(poetry, "group"):
        why = "only the main dependencies are a model's"
        left.append(Left(what=f"the group {group}", why=why))
    return PoetryRequirements(requirements=tuple(lines), python=python, left=tuple(left))


def _requirement(name: str, stated: Any) -> str | None:
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
