"""Rules about a variant laid over the manifest, and the keys that must be there afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mlpack.core.errors import Problem
from mlpack.manifest.document import Document, join, split
from mlpack.manifest.rules.agents import may_be_agent
from mlpack.manifest.rules.saved import is_unread
from mlpack.manifest.schema import closest, load
from mlpack.manifest.schema.words import both
from mlpack.manifest.view import ENTRYWISE, View


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
            message="A variant cannot replace individual entries of a configuration file",
            span=document.span(at, key=True),
            pointer=at,
            hint="Write the base configuration as a mapping, or set a file for the variant too.",
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
        message=f"`{entry}: null` removes nothing: `{owner}` has no entry `{entry}`",
        span=document.span(at, key=True),
        pointer=at,
        hint=f"Did you mean `{near}`?" if near else "Remove the line.",
        severity="warning",
    )


# `mlpack` and `name` stand outside variants: the schema itself requires them.
_REQUIRED = ("version", "model", "input_example", "python", "dependencies")
# MLflow has both for its agents, which no schema can tell from other classes.
_UNLESS_AGENT = ("input_example",)
_SIGNATURE = ("signature",)
_SIGNATURE_HINT = "Run `mlpack signature --write{}` to infer it from the example."


def check_required(
    views: Sequence[View], document: Document, *, signature: bool
) -> Iterator[Problem]:
    """Yield each required key that is missing, once where no variant has it."""
    keys = _REQUIRED if views and views[0].variant is not None else _UNLESS_AGENT
    lacking = {
        view.variant or "": [key for key in (*keys, *_SIGNATURE) if _is_missing(key, view)]
        for view in views
    }
    everywhere = [
        key for key in (*keys, *_SIGNATURE) if all(key in missing for missing in lacking.values())
    ]
    yield from _missing(document, everywhere if views else [], "", signature)
    for name, missing in lacking.items():
        own = [key for key in missing if key not in everywhere]
        yield from _missing(document, own, name, signature)


def _is_missing(key: str, view: View) -> bool:
    if key in view.keys or _misspelt(key, view):
        return False
    if key in _SIGNATURE and is_unread(view):
        return False
    return key not in (*_UNLESS_AGENT, *_SIGNATURE) or not may_be_agent(view)


def _misspelt(key: str, view: View) -> bool:
    return any(closest(given, (*_REQUIRED, "signature")) == key for given in _unknown(view))


def _unknown(view: View) -> list[str]:
    known = load()["properties"]
    return [key for key in view.keys if key not in known and not key.startswith("x-")]


def _missing(
    document: Document, keys: Sequence[str], variant: str, signature: bool
) -> Iterator[Problem]:
    if not keys:
        return
    at = join("/variants", variant) if variant else ""
    where = f" in the variant `{variant}`" if variant else ""
    from mlpack.manifest.schema.missing import addition, described

    span = document.span(at, key=True)
    plain = [key for key in keys if key not in _SIGNATURE]
    if plain:
        names = both([f"`{key}`" for key in plain])
        yield Problem(
            code="missing-key",
            message=f"Missing required key{'s' if len(plain) > 1 else ''} {names}{where}",
            span=span,
            pointer=at,
            hint=addition(plain, {key: described("", key, load()) for key in plain}),
        )
    if signature and len(plain) < len(keys):
        yield Problem(
            code="missing-signature",
            message=f"Missing required key `signature`{where}",
            span=span,
            pointer=at,
            hint=_SIGNATURE_HINT.format(f" --variant {variant}" if variant else ""),
        )
