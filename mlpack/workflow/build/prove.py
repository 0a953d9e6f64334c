"""Where in the project the warnings of a model's run point."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from mlpack.core.errors import Problem
from mlpack.manifest.code import silenced
from mlpack.manifest.document import Document
from mlpack.ports.plan import Plan


def in_project(warnings: Iterable[Problem], planned: Plan) -> tuple[Problem, ...]:
    """Return warnings with the user's own files as their places.

    A comment ``# mlpack: ignore[code]`` on a line of the manifest silences those that point at it.
    """
    document = planned.variant.document
    sources = {str(file.target): file.source for file in planned.code}
    found = [_placed(warning, document, sources, planned.variant.root) for warning in warnings]
    quiet = silenced(document.text)
    return tuple(
        each
        for each in found
        if not (each.pointer and each.span and each.code in quiet.get(each.span.line, ()))
    )


def _placed(warning: Problem, document: Document, sources: dict[str, Path], root: Path) -> Problem:
    if warning.pointer:
        span = document.span(warning.pointer, key=True)
        return replace(warning, span=span, pointer=document.origin(warning.pointer))
    source = sources.get(warning.span.file) if warning.span else None
    if warning.span is None or source is None or not source.is_relative_to(root):
        return warning
    shown = PurePosixPath(document.file).parent / source.relative_to(root).as_posix()
    return replace(warning, span=replace(warning.span, file=str(shown)))
