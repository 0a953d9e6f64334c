"""Unquoted words that other readers of YAML take for something else."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.document import Document
from mlpack.errors import Problem

_WORDS = {
    **dict.fromkeys(("yes", "on"), "true"),
    **dict.fromkeys(("no", "off"), "false"),
    **dict.fromkeys(("nan", "inf", "-inf", "infinity", "-infinity"), "null"),
    "none": "null",
}
_FREE = ("model_config", "metadata", "model/init", "input_example", "signature/params")


def check(document: Document) -> Iterator[Problem]:
    """Yield a warning for each such word in the free data, where no schema can tell."""
    for pointer, place in document.places.items():
        if (place.source or "").lower() in _WORDS and _is_free(pointer):
            word = str(place.source)
            meant = _WORDS[word.lower()]
            yield Problem(
                code="yaml-word",
                message=f"`{word}` without quotes is a text here, not {meant}",
                span=place.value,
                pointer=pointer,
                hint=f'Write `{meant}` if you mean that, or "{word}" in quotes.',
                severity="warning",
            )


def _is_free(pointer: str) -> bool:
    path = pointer[1:]
    if path.startswith("variants/"):
        path = path.partition("/")[2].partition("/")[2]
    return path.startswith(tuple(f"{free}/" for free in _FREE))
