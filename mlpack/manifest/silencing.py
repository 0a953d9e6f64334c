"""Warnings that the user has seen and silenced, by a comment where they point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mlpack.code import silenced
from mlpack.document import Document
from mlpack.errors import Problem
from mlpack.manifest.view import View


def heard(problems: Iterable[Problem], document: Document, views: Sequence[View]) -> list[Problem]:
    """Return the problems without silenced warnings, and without those about what is wrong anyway.

    The comment is ``# mlpack: ignore[code]``, in the manifest or in the Python file; several codes
    are separated by commas. Errors cannot be silenced.
    """
    by_file: dict[str, Mapping[int, frozenset[str]]] = {document.file: silenced(document.text)}
    for view in views:
        by_file.update({module.file: module.silenced for module in view.parsed.values()})
    given = list(problems)
    wrong = {each.pointer for each in given if each.severity == "error" and each.pointer}
    return [
        each
        for each in given
        if each.severity == "error"
        or not (_is_silenced(each, by_file) or _is_beside_an_error(each, wrong))
    ]


def _is_beside_an_error(problem: Problem, wrong: set[str]) -> bool:
    """Whether an error says something about the same value, or about one that it lies in."""
    pointer = problem.pointer
    while pointer:
        if pointer in wrong:
            return True
        pointer = pointer.rpartition("/")[0]
    return False


def _is_silenced(problem: Problem, by_file: Mapping[str, Mapping[int, frozenset[str]]]) -> bool:
    if problem.span is None:
        return False
    codes = by_file.get(problem.span.file, {}).get(problem.span.line, frozenset())
    return problem.code in codes
