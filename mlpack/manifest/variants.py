"""Rules about laying one variant over the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mlpack.document import Document, join, split
from mlpack.errors import Problem
from mlpack.manifest.view import ENTRYWISE
from mlpack.schema import closest


def check(document: Document) -> Iterator[Problem]:
    """Yield what is odd about the variants, apart from what their merged keys hold."""
    keys = document.data if isinstance(document.data, dict) else {}
    variants = keys.get("variants")
    for name, layer in variants.items() if isinstance(variants, dict) else ():
        for key in ENTRYWISE & (layer.keys() if isinstance(layer, dict) else set()):
            at = join("/variants", name, key)
            yield from _check_entries(document, keys.get(key, {}), layer[key], at)


def _check_entries(document: Document, under: Any, over: Any, at: str) -> Iterator[Problem]:
    if not isinstance(over, dict):
        return
    if isinstance(under, str):
        yield Problem(
            code="config-file-entries",
            message="A variant cannot replace single entries of a configuration file",
            span=document.span(at, key=True),
            pointer=at,
            hint="Write the base configuration as a mapping, or name a file for the variant too.",
        )
        return
    for entry, value in over.items():
        if value is None and isinstance(under, dict) and entry not in under:
            yield _nothing_to_remove(document, entry, under, join(at, entry))


def _nothing_to_remove(document: Document, entry: str, under: dict[str, Any], at: str) -> Problem:
    near = closest(entry, under)
    owner = split(at)[2]
    return Problem(
        code="nothing-removed",
        message=f"null removes the entry `{entry}`, and `{owner}` has none of that name",
        span=document.span(at, key=True),
        pointer=at,
        hint=f"Did you mean `{near}`?" if near else "Remove the line.",
        severity="warning",
    )
