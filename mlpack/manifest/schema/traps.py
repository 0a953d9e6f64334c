"""Words that YAML 1.1 and 1.2 read differently: what they are, and what was probably meant."""

from __future__ import annotations

import re
from typing import Any

YAML_1_1 = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}

_SIXTY = re.compile(r"(\d{1,4})((?::[0-5]?\d){1,2})")
_GROUPED = re.compile(r"[-+]?\d+(_\d+)+")
_BINARY = re.compile(r"0b[01]+")
_OCTAL = re.compile(r"0[0-7]+")


def sixty(word: str) -> int | None:
    """Return what YAML 1.1 makes of a word such as ``12:30``, a number to the base 60."""
    if not (match := _SIXTY.fullmatch(word)):
        return None
    total = int(match[1])
    for part in match[2][1:].split(":"):
        total = total * 60 + int(part)
    return total


def grouped(word: str) -> int | None:
    """Return what YAML 1.1 makes of a word such as ``1_000`` or ``0b101``, a string in 1.2."""
    if _GROUPED.fullmatch(word):
        return int(word)
    return int(word, 2) if _BINARY.fullmatch(word) else None


def octal(word: str) -> int | None:
    """Return what YAML 1.1 makes of a word such as ``010``, the number 10 in 1.2."""
    return int(word, 8) if _OCTAL.fullmatch(word) and len(word) < 40 else None


def number_trap(found: Any, source: str | None) -> str | None:
    """Return the hint for an unquoted word that was meant as a number and is read otherwise."""
    if source is None:
        return None
    if isinstance(found, float) and found.is_integer() and abs(found) < 2**63:
        return f"YAML reads {source} as a floating-point number: write {int(found)}."
    if not isinstance(found, str):
        return None
    meant = sixty(source)
    if meant is not None:
        return f"YAML 1.2 reads {source} as a string, not as a base-60 number: write {meant}."
    meant = grouped(source)
    return None if meant is None else f"YAML 1.2 reads {source} as a string: write {meant}."
