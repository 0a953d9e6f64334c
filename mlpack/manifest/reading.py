"""A manifest from its file: every problem at once, or typed values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mlpack.core.errors import ManifestError, OutsideError, Problem, UsageError
from mlpack.manifest import schema
from mlpack.manifest.code import silenced
from mlpack.manifest.document import Document, scan
from mlpack.manifest.locate import FILE_NAME
from mlpack.manifest.rules import example, saved, table, variants, yaml_words
from mlpack.manifest.view import View, views

if TYPE_CHECKING:
    from mlpack.manifest.model import Manifest


# What says that a file, or all of a saved model, is not there.
_TO_COME = frozenset({"missing-file", "not-a-saved-model"})


def read(
    path: Path,
    *,
    display: str | None = None,
    content: bytes | None = None,
    signature_required: bool = True,
    files_required: bool = True,
) -> Manifest:
    """Return the manifest at ``path``, shown to the user as ``display``.

    ``content`` is read in place of the file, as an editor holds it before it is saved.

    Without ``signature_required`` or ``files_required`` a signature, or the files that the
    manifest names, may be still to come.

    Raises ``ManifestError`` with every problem in file order, ``UsageError`` where there is no
    such file, and ``OutsideError`` where it cannot be read.
    """
    path, shown = path.absolute(), display or str(path)
    document, seen, found = _read(path, shown, content, signature_required, files_required)
    if document is None or any(problem.severity == "error" for problem in found):
        raise _refusal(shown, found)
    # In here: only a manifest without mistakes is made into values.
    from mlpack.manifest.model import Manifest
    from mlpack.manifest.variant import variant

    return Manifest(
        path=path,
        name=document.data["name"],
        variants=tuple(variant(view) for view in seen),
        warnings=tuple(found),
    )


def check(path: Path, *, display: str | None = None, content: bytes | None = None) -> list[Problem]:
    """Return every problem of a manifest, errors and warnings, in file order.

    Raises ``UsageError`` and ``OutsideError`` as ``read`` does.
    """
    return _read(path.absolute(), display or str(path), content, True, True)[2]


def _read(
    path: Path, shown: str, content: bytes | None, signature_required: bool, files_required: bool
) -> tuple[Document | None, tuple[View, ...], list[Problem]]:
    document, unreadable = scan(_bytes(path, shown) if content is None else content, file=shown)
    if document is None:
        return None, (), list(unreadable)
    seen = tuple(saved.completed(view) for view in views(document, path.parent))
    found = [*unreadable, *_problems(document, seen, unreadable, signature_required)]
    if not signature_required:
        found = [problem for problem in found if not example.is_undeclared(problem)]
    if not files_required:
        found = [problem for problem in found if problem.code not in _TO_COME]
    heard = not_silenced(_once(found), document, seen)
    return document, seen, _in_file_order(heard, shown)


def _problems(
    document: Document,
    seen: tuple[View, ...],
    unreadable: tuple[Problem, ...],
    signature_required: bool,
) -> Iterator[Problem]:
    # A value that could not be read may seem to have the wrong type: that is no second mistake.
    known = {problem.span for problem in unreadable}
    wrong = [problem for problem in schema.check(document) if problem.span not in known]
    yield from wrong
    if not isinstance(document.data, dict):
        return
    yield from variants.check(document)
    yield from variants.check_required(seen, document, signature=signature_required)
    yield from yaml_words.check(document)
    for view in seen:
        yield from (found for found in table.check(view, wrong) if found.span not in known)


def _bytes(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = "Fix the path, or run `mlpack init` for a new project."
        raise UsageError(f"{shown} does not exist.", hint=hint) from None
    except (IsADirectoryError, NotADirectoryError):
        raise UsageError(f"{shown} is not a file.", hint=f"Specify the {FILE_NAME} file.") from None
    except OSError as error:
        hint = "Fix the file's permissions."
        raise OutsideError(f"Cannot read {shown}: {error.strerror}.", hint=hint) from None


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Drop what several variants share: the same words at the same place."""
    return list({(p.code, p.message, p.span): p for p in problems}.values())


def _in_file_order(problems: list[Problem], file: str) -> list[Problem]:
    def order(problem: Problem) -> tuple[bool, str, int, int]:
        span = problem.span
        return (
            (False, "", 0, 0)
            if span is None
            else (span.file != file, span.file, span.line, span.column)
        )

    return sorted(problems, key=order)


def _refusal(shown: str, problems: Iterable[Problem]) -> ManifestError:
    found = tuple(problems)
    errors = sum(problem.severity == "error" for problem in found)
    return ManifestError(f"{shown} has {errors} error{'s' if errors > 1 else ''}.", problems=found)


def not_silenced(
    problems: Iterable[Problem], document: Document, views: Sequence[View]
) -> list[Problem]:
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
