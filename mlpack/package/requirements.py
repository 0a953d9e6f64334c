"""The lines of a requirements file taken apart, whatever wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_HASH = re.compile(r"\s--hash[=\s]\s*(\S+)")
_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*((?:\[[^\]]*\])?)\s*(.*)")
_SEPARATORS = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A requirement or an option of the file; an option's name is the whole line.

    ``specifier`` is what follows the name, such as ``==2.1.0`` or ``[extra]>=1`` or ``@ https://…``.
    """

    name: str
    specifier: str
    marker: str = ""
    hashes: frozenset[str] = frozenset()
    is_package: bool = True


def joined_lines(text: str) -> tuple[str, ...]:
    """Return the logical lines of a file's text: continuations joined, comments, blanks dropped."""
    joined = text.replace("\\\n", " ")
    lines = (line.split(" #", 1)[0].strip() for line in joined.splitlines())
    return tuple(" ".join(line.split()) for line in lines if line and not line.startswith("#"))


def requirements_of(lines: Iterable[str]) -> Iterator[Requirement]:
    """Yield each logical line as a requirement, names normalized."""
    for line in lines:
        hashes = frozenset(_HASH.findall(line))
        bare = _HASH.sub("", line).strip()
        matched = None if bare.startswith("-") else _NAME.fullmatch(bare)
        if matched is None:
            yield Requirement(name=bare, specifier="", hashes=hashes, is_package=False)
            continue
        name, extras, rest = matched.groups()
        specifier, marker = _without_marker(rest)
        yield Requirement(
            name=_SEPARATORS.sub("-", name).lower(),
            specifier=f"{extras}{specifier}",
            marker=marker,
            hashes=hashes,
        )


def _without_marker(rest: str) -> tuple[str, str]:
    # In a URL a semicolon may be its own: there the marker's needs a space before it.
    separator = " ;" if rest.startswith("@") else ";"
    specifier, _, marker = rest.partition(separator)
    return specifier.strip(), marker.strip()
