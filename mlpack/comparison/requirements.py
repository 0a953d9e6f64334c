"""Two sets of requirements: which package moved from what to what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlpack.comparison.model import RequirementChange
from mlpack.package.requirements import Requirement, requirements_of


def compare_requirements(
    before: Iterable[str], after: Iterable[str]
) -> Iterator[RequirementChange]:
    """Yield each requirement that moved, by name; options of the file stand first."""
    old, new = _by_key(before), _by_key(after)
    for key in sorted(old.keys() | new.keys()):
        first, second = old.get(key), new.get(key)
        if first != second:
            yield RequirementChange(
                name=key.text,
                before=first.specifier if first else None,
                after=second.specifier if second else None,
                hashes_added=len(_hashes(second) - _hashes(first)),
                hashes_removed=len(_hashes(first) - _hashes(second)),
            )


def split_conda(environment: Any) -> tuple[Any, list[str]]:
    """Return a conda environment without its pip requirements, and these."""
    if not isinstance(environment, Mapping) or not isinstance(
        environment.get("dependencies"), list
    ):
        return environment, []
    kept: list[Any] = []
    lines: list[str] = []
    for item in environment["dependencies"]:
        pip = item.get("pip") if isinstance(item, Mapping) and set(item) == {"pip"} else None
        if isinstance(pip, list) and all(isinstance(line, str) for line in pip):
            lines += pip
        else:
            kept.append(item)
    return {**environment, "dependencies": kept}, lines


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Key:
    is_package: bool
    name: str
    marker: str
    number: int

    @property
    def text(self) -> str:
        return f"{self.name} ; {self.marker}" if self.marker else self.name


def _by_key(lines: Iterable[str]) -> dict[_Key, Requirement]:
    found: dict[_Key, Requirement] = {}
    for item in requirements_of(lines):
        key = _Key(is_package=item.is_package, name=item.name, marker=item.marker, number=0)
        while key in found:
            key = _Key(
                is_package=key.is_package, name=key.name, marker=key.marker, number=key.number + 1
            )
        found[key] = item
    return found


def _hashes(item: Requirement | None) -> frozenset[str]:
    return item.hashes if item else frozenset()
