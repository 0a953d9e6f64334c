"""Keys that must be there once a variant is laid over the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mlpack.document import Document, join
from mlpack.errors import Problem
from mlpack.manifest.view import View
from mlpack.schema import closest

# `mlpack` and `name` stand outside variants: the schema itself requires them.
REQUIRED = ("version", "model", "input_example", "python", "dependencies")
_SIGNATURE_HINT = "Run `mlpack signature --write`, which finds it by running the example."


def check(views: Sequence[View], document: Document, *, signature: bool) -> Iterator[Problem]:
    """Yield each required key that is missing, once where no variant has it."""
    keys = REQUIRED if views and views[0].variant is not None else ()
    for key in (*keys, *(("signature",) if signature else ())):
        lacking = [view for view in views if key not in view.keys and not _misspelt(key, view)]
        if lacking and len(lacking) == len(views):
            yield _missing(document, key, "", "The manifest")
        else:
            for view in lacking:
                at = join("/variants", view.variant or "")
                yield _missing(
                    document, key, at, f"With the variant `{view.variant}`, the manifest"
                )


def _misspelt(key: str, view: View) -> bool:
    return any(closest(given, (*REQUIRED, "signature")) == key for given in _unknown(view))


def _unknown(view: View) -> list[str]:
    from mlpack.schema import load

    known = load()["properties"]
    return [key for key in view.keys if key not in known and not key.startswith("x-")]


def _missing(document: Document, key: str, at: str, owner: str) -> Problem:
    return Problem(
        code="missing-signature" if key == "signature" else "missing-key",
        message=f"{owner} lacks the key `{key}`",
        span=document.span(at, key=True),
        pointer=at,
        hint=_SIGNATURE_HINT if key == "signature" else f"Add `{key}`.",
    )
