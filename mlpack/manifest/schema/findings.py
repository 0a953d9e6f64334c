"""A broken rule before it gets its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mlpack.manifest.document import join
from mlpack.manifest.schema.words import dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong at ``pointer``; ``at_key`` points at the key and not at its value.

    ``subject`` tells apart several findings of one code at one place; ``wanted`` are keys whose
    absence this reports, ``suggestion`` the key that an unknown one was meant to be; ``also`` is
    another place, and what it has to do with this one.
    """

    code: str
    pointer: str
    message: str
    hint: str | None
    at_key: bool = False
    subject: str = ""
    wanted: tuple[str, ...] = ()
    suggestion: str | None = None
    owner: str = ""
    """Whose keys they are, as a reader would say it."""
    also: tuple[str, str] | None = None
    """A pointer and a phrase such as ``first defined here``."""

    @property
    def parent(self) -> str:
        """The pointer of the enclosing mapping or list."""
        return self.pointer.rpartition("/")[0]


def at(error: Any) -> str:
    """Return the pointer of what a ``jsonschema.ValidationError`` is about."""
    return join("", *error.absolute_path)


def named(error: Any) -> str:
    """Return what it is about as a reader would say it."""
    return dotted(list(error.absolute_path))


def about(
    code: str,
    error: Any,
    message: str,
    hint: str | None,
    *,
    at_key: bool = False,
    subject: str = "",
    wanted: tuple[str, ...] = (),
) -> Finding:
    """Return a finding at the place of ``error``."""
    return Finding(
        code=code,
        pointer=at(error),
        message=message[:1].upper() + message[1:],
        hint=hint,
        at_key=at_key,
        subject=subject,
        wanted=wanted,
    )
