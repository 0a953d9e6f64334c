"""What a comparison finds, as values: one difference a file, in the terms of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mlpack.core.errors import Problem

Change = Literal["added", "removed", "changed", "renamed"]
Kind = Literal["structure", "requirements", "text", "pickle", "binary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One value of a structured file; ``change`` says which of ``before`` and ``after`` count.

    ``key`` is the path to it, such as ``signature.inputs[age].type``.
    """

    key: str
    change: Literal["added", "removed", "changed"]
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementChange:
    """One requirement or option; specifiers are texts such as ``==2.1.0``, hashes are counted."""

    name: str
    before: str | None
    after: str | None
    hashes_added: int = 0
    hashes_removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What differs inside one file; all empty where only size and digest can be said.

    ``lines`` are those of a unified diff, of the text or of a pickle's disassembly; ``more``
    counts what was left out.
    """

    kind: Kind
    values: tuple[ValueChange, ...] = ()
    requirements: tuple[RequirementChange, ...] = ()
    lines: tuple[str, ...] = ()
    more: int = 0

    def __bool__(self) -> bool:
        return bool(self.values or self.requirements or self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSide:
    """A file in one of the two packages: digest, and size in bytes."""

    digest: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDifference:
    """One file that differs; ``old_path`` is set for a renamed one."""

    path: str
    change: Change
    before: FileSide | None
    after: FileSide | None
    old_path: str | None = None
    detail: Detail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageComparison:
    """Two packages side by side; ``digests`` may agree where only names differ."""

    first: Path
    second: Path
    equal: bool
    first_digest: str
    second_digest: str
    files: tuple[FileDifference, ...]
    warnings: tuple[Problem, ...] = ()
