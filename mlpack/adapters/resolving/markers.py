"""Environment markers, cut down to what they mean for one minor version of CPython."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from packaging.markers import Marker

_TOKEN = re.compile(
    r"\s*(\(|\)|and\b|or\b|(?:(?!\)|\band\b|\bor\b)(?:'[^']*'|\"[^\"]*\"|[^'\"()]))+)"
)
_OF_PYTHON = re.compile(
    r"\b(python_version|python_full_version|implementation_\w+|\w+_implementation)\b"
)
_SYSTEMS = (
    ("linux", "posix", "Linux"),
    ("darwin", "posix", "Darwin"),
    ("win32", "nt", "Windows"),
    ("cygwin", "posix", "CYGWIN_NT"),
    ("android", "posix", "Android"),
    ("ios", "posix", "iOS"),
    ("emscripten", "posix", "Emscripten"),
    ("freebsd", "posix", "FreeBSD"),
)
_MACHINES = ("x86_64", "aarch64", "arm64", "AMD64", "ARM64", "i686", "x86", "armv7l", "ppc64le")
# CPython's minors have ended between their 13th and 23rd patch.
_PATCHES = range(40)

Joint = Literal["and", "or"]


@dataclass(frozen=True, slots=True)
class _Group:
    joint: Joint
    parts: tuple[_Node, ...]


_Node = str | bool | _Group


def simplified(marker: str | None, minor: str) -> str | bool:
    """Return what ``marker`` asks of a platform once Python is CPython ``minor``.

    ``True``: every platform; ``False``: none. What says nothing new is left out.
    """
    if marker is None:
        return True
    node = _folded(_parsed(marker), minor)
    if not isinstance(node, bool):
        node = _pruned(node, tuple(_grid(minor, marker)))
    return node if isinstance(node, bool) else _text(node)


def either(markers: Iterable[str | bool], minor: str) -> str | bool:
    """Return the marker that holds where one of ``markers`` does."""
    texts = list(markers)
    if any(text is True for text in texts):
        return True
    joined = " or ".join(f"({text})" for text in texts if isinstance(text, str))
    return simplified(joined, minor) if joined else False


def _parsed(marker: str) -> _Node:
    tokens = [token for token in (each.strip() for each in _TOKEN.findall(marker)) if token]
    node, rest = _alternatives(tokens)
    if rest:
        raise ValueError(f"not a marker: {marker}")
    return node


def _alternatives(tokens: list[str]) -> tuple[_Node, list[str]]:
    node, tokens = _conjunction(tokens)
    parts = [node]
    while tokens and tokens[0] == "or":
        node, tokens = _conjunction(tokens[1:])
        parts.append(node)
    return _joined("or", parts), tokens


def _conjunction(tokens: list[str]) -> tuple[_Node, list[str]]:
    node, tokens = _atom(tokens)
    parts = [node]
    while tokens and tokens[0] == "and":
        node, tokens = _atom(tokens[1:])
        parts.append(node)
    return _joined("and", parts), tokens


def _atom(tokens: list[str]) -> tuple[_Node, list[str]]:
    if tokens[0] != "(":
        return tokens[0], tokens[1:]
    node, rest = _alternatives(tokens[1:])
    return node, rest[1:]


def _joined(joint: Joint, parts: list[_Node]) -> _Node:
    """Join nodes; what decides the whole or says nothing is folded away."""
    decisive = joint == "or"
    if any(part is decisive for part in parts):
        return decisive
    left = [part for part in parts if not isinstance(part, bool)]
    if not left:
        return not decisive
    return left[0] if len(left) == 1 else _Group(joint, tuple(left))


def _folded(node: _Node, minor: str) -> _Node:
    if isinstance(node, _Group):
        return _joined(node.joint, [_folded(part, minor) for part in node.parts])
    if isinstance(node, bool) or not _OF_PYTHON.search(node):
        return node
    atom = Marker(node)
    values = {atom.evaluate(_python(minor, patch)) for patch in _PATCHES}
    return values.pop() if len(values) == 1 else node


def _pruned(node: _Node, grid: tuple[dict[str, str], ...]) -> _Node:
    """Leave out every part without which the node holds on the same platforms."""
    truth = _truth(node, grid)
    if len(set(truth)) == 1:
        return truth[0]
    if not isinstance(node, _Group):
        return node
    parts = [_pruned(part, grid) for part in node.parts]
    for part in list(parts):
        fewer = _joined(node.joint, [other for other in parts if other is not part])
        if len(parts) > 1 and _truth(fewer, grid) == truth:
            parts = [other for other in parts if other is not part]
    return _joined(node.joint, parts)


def _truth(node: _Node, grid: tuple[dict[str, str], ...]) -> tuple[bool, ...]:
    if isinstance(node, bool):
        return (node,) * len(grid)
    marker = Marker(_text(node))
    return tuple(marker.evaluate(place) for place in grid)


def _grid(minor: str, marker: str) -> Iterator[dict[str, str]]:
    """Yield an environment for each kind of platform, and for those that the marker names."""
    named = set(re.findall(r"['\"]([^'\"]+)['\"]", marker))
    machines = sorted({*_MACHINES, *named, "another"})
    known = {system[0] for system in _SYSTEMS}
    others = [(name, "posix", name) for name in sorted({*named, "another"} - known)]
    patches = (0, _PATCHES[-1]) if not _OF_PYTHON.search(marker) else (0, 1, 4, 7, 10, 20, 39)
    for system, machine in itertools.product((*_SYSTEMS, *others), machines):
        for patch in patches if machine == machines[0] else patches[:1]:
            yield {
                **_python(minor, patch),
                "sys_platform": system[0],
                "os_name": system[1],
                "platform_system": system[2],
                "platform_machine": machine,
                "platform_release": "",
                "platform_version": "",
            }


def _python(minor: str, patch: int) -> dict[str, str]:
    return {
        "python_version": minor,
        "python_full_version": f"{minor}.{patch}",
        "implementation_name": "cpython",
        "implementation_version": f"{minor}.{patch}",
        "platform_python_implementation": "CPython",
    }


def _text(node: _Node, within: Joint | None = None) -> str:
    if not isinstance(node, _Group):
        return str(node)
    text = f" {node.joint} ".join(_text(part, node.joint) for part in node.parts)
    return f"({text})" if within == "and" and node.joint == "or" else text
