"""From bytes to a document: decoding, parsing, and one walk over the tree."""

from __future__ import annotations

import re
from typing import Any, NoReturn

from mlpack.document.model import Document, Place, join
from mlpack.document.nodes import Composer, Node
from mlpack.errors import ManifestError, Problem, Span

# What YAML 1.2 calls not printable; lone surrogates cannot be written as UTF-8 either.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(text: bytes | str, *, file: str) -> Document:
    """Return the one YAML document in ``text``, shown to the user as ``file``.

    Raises ``ManifestError`` whose ``problems`` say what is wrong, all at once.
    """
    document, problems = scan(text, file=file)
    if document is None or problems:
        raise ManifestError(f"{file} cannot be read.", problems=problems)
    return document


def scan(text: bytes | str, *, file: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """Return what can be read and every problem; the document is ``None`` where nothing can."""
    try:
        decoded = _decode(text, file) if isinstance(text, bytes) else text.removeprefix("\ufeff")
        _refuse_control(decoded, file)
        root, problems = _compose(decoded, file)
    except ManifestError as error:
        return None, error.problems
    places: dict[str, Place] = {}
    content = _walk(root, "", None, places)
    return Document(file=file, text=decoded, data=content, places=places), problems


def _compose(text: str, file: str) -> tuple[Node, tuple[Problem, ...]]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    composer = Composer(yaml.parse(text, Loader=loader), file=file)
    try:
        root = composer.compose()
    except yaml.MarkedYAMLError as error:
        from mlpack.document.syntax import explain

        found = [*composer.problems, explain(error, text=text, file=file)]
        raise ManifestError(f"{file} cannot be read.", problems=found) from None
    if root is None:
        _stop("empty-file", "The file holds nothing", "Begin it with `mlpack: 1`.", text, 0, file)
    return root, tuple(composer.problems)


def _walk(node: Node, pointer: str, key: Span | None, places: dict[str, Place]) -> Any:
    places[pointer] = Place(key=key, value=node.span, source=node.source)
    if isinstance(node.value, dict):
        return {
            name: _walk(child, join(pointer, name), span, places)
            for name, (span, child) in node.value.items()
        }
    if isinstance(node.value, list):
        return [_walk(child, join(pointer, i), None, places) for i, child in enumerate(node.value)]
    return node.value


def _decode(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        wide = raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        message = (
            "The file is UTF-16, not UTF-8"
            if wide
            else f"The byte 0x{raw[error.start]:02x} is not UTF-8"
        )
        _stop("not-utf8", message, "Save the file as UTF-8.", before, len(before), file)


def _refuse_control(text: str, file: str) -> None:
    found = _CONTROL.search(text)
    if found:
        message = f"The control character U+{ord(found[0]):04X} cannot stand in YAML"
        hint = "Remove it, or write it as an escape inside double quotes."
        _stop("control-character", message, hint, text, found.start(), file)


def _stop(code: str, message: str, hint: str, text: str, offset: int, file: str) -> NoReturn:
    before = text[:offset]
    line = before.count("\n") + 1
    column = offset - (before.rfind("\n") + 1) + 1
    span = Span(file=file, line=line, column=column, end_line=line, end_column=column + 1)
    problem = Problem(code=code, message=message, span=span, hint=hint)
    raise ManifestError(f"{file} cannot be read.", problems=[problem])
