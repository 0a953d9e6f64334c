"""What a model's file tells: who wrote it, what goes in and out, and the code that loads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mlpack.core.errors import UsageError

_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table, by MLflow's name of its type, and a value for the example."""

    name: str
    type: str = "double"
    example: Any = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A tensor: a NumPy dtype and a shape, in which -1 is any length."""

    dtype: str
    shape: tuple[int, ...]
    name: str | None = None


Fields = tuple[Column, ...] | tuple[Tensor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """The parts of a class that loads the file; lines of methods are not indented."""

    says: str
    """The class's docstring."""
    imports: tuple[str, ...]
    load: tuple[str, ...]
    predict: tuple[str, ...]
    first: tuple[str, ...] = ()
    """Lines that must run before the imports."""
    before: tuple[str, ...] = ()
    """Lines between the imports and the class."""
    decorator: str | None = None
    """Of ``predict``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A requirement, and what there is to say of it."""

    requirement: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A file as far as it can be told without loading it."""

    says: str
    """A sentence on who wrote what, such as ``scikit-learn 1.5.2 wrote this Pipeline.``"""
    framework: str
    code: Code
    version: str | None = None
    """Of the framework that wrote the file."""
    needs: tuple[Need, ...] = ()
    torch: bool = False
    """Whether PyTorch is needed, of the version and index that the machine suggests."""
    oldest: int = 10
    newest: int = 13
    """The minors of Python 3 for which the needs have releases."""
    inputs: Fields = ()
    outputs: Fields = ()
    todo: tuple[str, ...] = ()
    """What the file does not tell, beside inputs and outputs."""
    input_todo: str | None = None
    """What is a guess about the inputs."""
    suspicious: tuple[str, ...] = ()
    """What the file would look up when loaded and no model needs."""
    artifacts: Mapping[str, str] = field(default_factory=dict)
    """More artifacts: name → file beside this one."""
    code_paths: tuple[Path, ...] = ()
    """Modules of the project that the file refers to."""


def plain(text: str) -> str:
    """Return text of a file as one printable line of a sensible length.

    It becomes a comment in a manifest and in code, where a line break would begin something else.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def made_plain(found: ModelFile) -> ModelFile:
    """Return the same with all that is said, and may be taken from the file, as plain lines."""
    needs = (replace(each, comment=plain(each.comment)) for each in found.needs)
    return replace(
        found,
        says=plain(found.says),
        needs=tuple(needs),
        todo=tuple(map(plain, found.todo)),
        input_todo=None if found.input_todo is None else plain(found.input_todo),
        suspicious=tuple(map(plain, found.suspicious)),
    )


def unreadable(name: str, why: str, hint: str | None = None) -> UsageError:
    """Return the one error for a file that is damaged, cut or of a form that nobody can read."""
    return UsageError(
        f"cannot read {name}: {why}",
        hint=hint or "check that the file is complete, or save the model again",
    )
