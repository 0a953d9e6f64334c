"""Keys that must be there once a variant is laid over the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpack.document import Document, join
from mlpack.errors import Problem
from mlpack.manifest.agents import may_be_agent
from mlpack.manifest.view import View
from mlpack.schema import closest, load
from mlpack.schema.words import both

# `mlpack` and `name` stand outside variants: the schema itself requires them.
_REQUIRED = ("version", "model", "input_example", "python", "dependencies")
# MLflow has both for its agents, which no schema can tell from other classes.
_UNLESS_AGENT = ("input_example",)
_SIGNATURE = ("signature",)
_SIGNATURE_HINT = "Run `mlpack signature --write`, which finds it by running the example."


def check(views: Sequence[View], document: Document, *, signature: bool) -> Iterator[Problem]:
    """Yield each required key that is missing, once where no variant has it."""
    keys = _REQUIRED if views and views[0].variant is not None else _UNLESS_AGENT
    lacking = {
        view.variant or "": [key for key in (*keys, *_SIGNATURE) if _is_missing(key, view)]
        for view in views
    }
    everywhere = [
        key for key in (*keys, *_SIGNATURE) if all(key in missing for missing in lacking.values())
    ]
    yield from _missing(document, everywhere if views else [], "", "The manifest", signature)
    for name, missing in lacking.items():
        own = [key for key in missing if key not in everywhere]
        owner = f"With the variant `{name}`, the manifest"
        yield from _missing(document, own, join("/variants", name), owner, signature)


def _is_missing(key: str, view: View) -> bool:
    if key in view.keys or _misspelt(key, view):
        return False
    return key not in (*_UNLESS_AGENT, *_SIGNATURE) or not may_be_agent(view)


def _misspelt(key: str, view: View) -> bool:
    return any(closest(given, (*_REQUIRED, "signature")) == key for given in _unknown(view))


def _unknown(view: View) -> list[str]:
    known = load()["properties"]
    return [key for key in view.keys if key not in known and not key.startswith("x-")]


def _missing(
    document: Document, keys: Sequence[str], at: str, owner: str, signature: bool
) -> Iterator[Problem]:
    if not keys:
        return
    from mlpack.schema.additions import addition
    from mlpack.schema.missing import described

    span = document.span(at, key=True)
    plain = [key for key in keys if key not in _SIGNATURE]
    if plain:
        names = both([f"`{key}`" for key in plain])
        yield Problem(
            code="missing-key",
            message=f"{owner} lacks the key{'s' if len(plain) > 1 else ''} {names}",
            span=span,
            pointer=at,
            hint=addition(plain, {key: described("", key, load()) for key in plain}),
        )
    if signature and len(plain) < len(keys):
        yield Problem(
            code="missing-signature",
            message=f"{owner} lacks the key `signature`",
            span=span,
            pointer=at,
            hint=_SIGNATURE_HINT,
        )
