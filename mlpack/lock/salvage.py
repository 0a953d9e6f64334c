"""What can still be read of a lock that was cut off, overwritten or edited until it was none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mlpack.core.errors import Problem
from mlpack.lock.model import BUILD_TIME, Lock, LockedEnvironment, Repair
from mlpack.lock.reading import (
    Fields,
    MalformedError,
    Value,
    environment_from,
    excluded_from,
    load,
    output_from,
    package_from,
    refuse_newer,
    variant_from,
    whole,
)

_SCALAR = (
    r'(?:[\w./][\w./@+~-]*(?::[\w./@+~-]+)*|"(?:[^"\\\x00-\x1f\x7f-\x9f\ufffd-\uffff]|\\\S)*")'
)
_PAIRS = rf"{_SCALAR}: {_SCALAR}(?:, {_SCALAR}: {_SCALAR})*"
# Every line that a lock has is one by itself.
_LINE = re.compile(rf" *(?:- )?{_SCALAR}:(?: (?:{_SCALAR}|\{{(?:{_PAIRS})?\}}))?| *- {_SCALAR}| *")
# Where lines do not belong together, so many are left out; after that, all that follow.
_LINES = 20


def salvaged(text: str) -> Lock:
    """Return a lock of all that is whole in ``text``; environments that are not are unresolved.

    Raises ``NewerFormatError`` where a later mlpack wrote it.
    """
    content = _readable(text)
    refuse_newer(str(content.get("mlpack_lock")))
    environments = {
        name: _environment(value) for name, value in _mapping(content, "environments").items()
    }
    variants = _each(content, "variants", variant_from)
    lost = {each.environment for each in variants.values()} - environments.keys()
    return Lock(
        manifest=_attempt(content, lambda fields: fields.digest("manifest")) or "",
        build_time=_attempt(content, lambda fields: fields.number("build_time")) or BUILD_TIME,
        environments={**environments, **dict.fromkeys(lost, _NOTHING)},
        variants=variants,
        outputs=_each(content, "outputs", output_from),
    )


_NOTHING = LockedEnvironment(request="", python="", packages=(), resolved=False)


def damaged(text: str, name: str, why: str) -> Lock:
    """Return what is left of a lock that cannot be read, and say so; ``why`` is a sentence."""
    found = salvaged(text)
    pins = sum(len(each.packages) for each in found.environments.values())
    kept = f"{pins} of its pins were kept" if pins else "none of its pins can be read"
    problem = Problem(
        code="damaged-lock",
        message=f"{why}; {kept}, and the rest is resolved again",
        hint=f"To keep all pins, restore the file: `git checkout -- {name}`.",
        severity="warning",
    )
    repair = Repair(reason="it was damaged", sentence=problem.message, problem=problem)
    return replace(found, repair=repair)


def _environment(value: Any) -> LockedEnvironment:
    found = _whole(value, environment_from)
    if found is not None:
        # Only with its own digest does it say that nothing is missing from it.
        return replace(found, resolved=found.resolved and "resolution" in value)
    content = value if isinstance(value, dict) else {}
    return replace(
        _NOTHING,
        python=_attempt(content, lambda fields: fields.text("python")) or "",
        packages=tuple(_items(content, "packages", package_from)),
        excluded=tuple(_items(content, "excluded", excluded_from)),
    )


def _each(
    content: Mapping[str, Any], key: str, read: Callable[[Fields], Value]
) -> dict[str, Value]:
    read_values = ((name, _whole(value, read)) for name, value in _mapping(content, key).items())
    return {name: value for name, value in read_values if value is not None}


def _items(
    content: Mapping[str, Any], key: str, read: Callable[[Fields], Value]
) -> Iterator[Value]:
    values = content.get(key)
    for value in values if isinstance(values, list) else []:
        found = _whole(value, read)
        if found is not None:
            yield found


def _mapping(content: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = content.get(key)
    return value if isinstance(value, dict) else {}


def _whole(value: Any, read: Callable[[Fields], Value]) -> Value | None:
    try:
        return whole("it", value, read)
    except MalformedError:
        return None


def _attempt(content: Mapping[str, Any], read: Callable[[Fields], Value]) -> Value | None:
    try:
        return read(Fields("it", content))
    except MalformedError:
        return None


def _readable(text: str) -> Mapping[str, Any]:
    """Return the mapping in ``text``, what is around a line that cannot be read marked in it."""
    lines = [_marked(line) for line in text.replace("\r\n", "\n").split("\n")]
    for _ in range(_LINES):
        content, line = _loaded(lines)
        if line is None:
            return content
        del lines[min(line, len(lines)) - 1]
    return _loaded(lines[: (line or 1) - 1])[0]


def _loaded(lines: list[str]) -> tuple[Mapping[str, Any], int | None]:
    """Return the mapping in these lines, or the line (from 1) at which reading them failed."""
    try:
        content = load("\n".join(lines))
    except MalformedError as error:
        return {}, error.line
    return content if isinstance(content, dict) else {}, None


def _marked(line: str) -> str:
    """Return a line as it is, or a key in its place that no mapping of a lock has."""
    if _LINE.fullmatch(line) or line.startswith("#"):
        return line
    # A line less would make two packages one, with the name of the first.
    start = re.match(r" *(- )?", line)
    return f"{start[0] if start else ''}damaged:"
