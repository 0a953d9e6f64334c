"""Unquoted words that other readers of YAML take for something else."""

from __future__ import annotations

from collections.abc import Iterator

from mlpack.core.errors import Problem
from mlpack.manifest.document import Document
from mlpack.manifest.schema.traps import YAML_1_1, grouped, octal

_WORDS = {
    **{word: meant for word, meant in YAML_1_1.items() if len(word) > 1},
    **dict.fromkeys(("nan", "inf", "-inf", "infinity", "-infinity"), "null"),
    "none": "null",
}
_FREE = (
    "model_config", "metadata", "model/init", "signature/params", "input_example/inputs",
    "input_example/dataframe_records", "input_example/dataframe_split", "input_example/params",
)  # fmt: skip


def check(document: Document) -> Iterator[Problem]:
    """Yield a warning for each such word in the free data, where no schema can tell."""
    for pointer, place in document.places.items():
        if place.source and (found := _trap(place.source)) and _is_free(pointer):
            message, hint = found
            yield Problem(
                code="yaml-word",
                message=message,
                span=place.value,
                pointer=pointer,
                hint=hint,
                severity="warning",
            )


def _trap(word: str) -> tuple[str, str] | None:
    """Return what is odd about an unquoted word, and the way out."""
    if meant := _WORDS.get(word.lower()):
        message = f"Unquoted `{word}` is a string in YAML 1.2, not {meant}"
        return message, f'Write `{meant}`, or quote the string: "{word}".'
    if not word[0].isdigit() and word[0] not in "+-":
        return None
    if (number := grouped(word)) is not None:
        message = f"Unquoted `{word}` is a string in YAML 1.2, not the number {number}"
        return message, f'Write {number}, or quote the string: "{word}".'
    if (number := octal(word)) is not None and word != f"{number}":
        message = f"Unquoted `{word}` is the number {int(word)}, but {number} in YAML 1.1"
        return message, f'Write {int(word)} or 0o{word[1:]}, or quote the string: "{word}".'
    return None


def _is_free(pointer: str) -> bool:
    path = pointer[1:]
    if path.startswith("variants/"):
        path = path.partition("/")[2].partition("/")[2]
    return path.startswith(tuple(f"{free}/" for free in _FREE))
