"""Unquoted words as values: YAML 1.2's core schema, not PyYAML's YAML 1.1."""

from __future__ import annotations

import math
import re

Scalar = None | bool | int | float | str

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEAN = {
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


class ScalarError(ValueError):
    """The word stands for a value that JSON cannot hold; ``code`` names the finding."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def resolve(word: str) -> Scalar:
    """Return the value of an unquoted word.  Raises ``ScalarError``."""
    if word in _NULL:
        return None
    if word in _BOOLEAN:
        return _BOOLEAN[word]
    if word[0] not in "+-.0123456789":
        return word
    return _number(word)


def _number(word: str) -> int | float | str:
    if _INTEGER.fullmatch(word):
        return _integer(word, 10)
    if _OCTAL.fullmatch(word):
        return _integer(word[2:], 8)
    if _HEXADECIMAL.fullmatch(word):
        return _integer(word[2:], 16)
    if _NOT_FINITE.fullmatch(word) or (_FLOAT.fullmatch(word) and math.isinf(float(word))):
        raise ScalarError(
            "not-finite",
            f"`{_short(word)}` is not a finite number, which neither JSON nor MLflow can represent",
            "Write a finite number, null, or a quoted string.",
        )
    return float(word) if _FLOAT.fullmatch(word) else word


def _integer(digits: str, base: int) -> int:
    if len(digits) > 1000:
        raise ScalarError(
            "bad-number",
            f"A number of {len(digits)} digits is too long",
            "Write it as a quoted string.",
        )
    return int(digits, base)


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:37] + "…"
