"""Where an error comes from: the key of the manifest, or the line of a file that it names."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from mlpack.core.errors import DependencyError, MlpackError, Problem, Span, StaleLockError
from mlpack.lock.request import ResolveRequest
from mlpack.lock.staleness import Moved
from mlpack.manifest.document import join, split
from mlpack.manifest.locate import FILE_NAME
from mlpack.manifest.model import Manifest, Variant

_LOCK = re.compile("`mlpack lock(?: -f [^`]*)?`")
_WORD = re.compile(r"[A-Za-z0-9][\w.-]*")


def stale_problem(manifest: Manifest, moved: Moved) -> Problem:
    """Return the finding for an input that moved since the lock was written, at its key."""
    name = manifest.lock_path.name
    variant = next(item for item in manifest.variants if (item.variant or "") == moved.variant)
    return Problem(
        code=StaleLockError.code,
        message=f"{name} does not match {manifest.path.name}: {moved.sentence}",
        span=key_span(variant, moved.pointer),
        pointer=variant.document.origin(moved.pointer),
        hint=f"Run `{command_for(manifest, 'lock')}` and commit the updated {name}.",
    )


def key_span(variant: Variant, pointer: str) -> Span:
    """Return the place of a key; where the manifest has none such, that of the model's name."""
    document = variant.document
    stated = document.place(join("", *split(pointer)[:1])) is not None
    return document.span(pointer if stated else "/name", key=True)


def command_for(manifest: Manifest, command: str) -> str:
    """Return a command line for a manifest, as its reader can paste it."""
    shown = manifest.variants[0].document.file
    named = "" if shown == FILE_NAME else f" -f {shlex.quote(shown)}"
    return f"mlpack {command}{named}"


@contextmanager
def way_out(manifest: Manifest, command: str = "lock", more: str = "") -> Iterator[None]:
    """Let an error's hint to lock say which command ends it for this manifest, such as a build."""
    try:
        yield
    except MlpackError as error:
        named = f"`{command_for(manifest, command)}`{more}"

        def said(hint: str | None) -> str | None:
            return hint and _LOCK.sub(lambda _: named, hint)

        error.hint = said(error.hint)
        error.problems = tuple(replace(each, hint=said(each.hint)) for each in error.problems)
        raise


def variant_span(variant: Variant) -> Span:
    """Return where a variant is declared; the name of the model where there are no variants."""
    if variant.variant is None:
        return key_span(variant, "/name")
    return key_span(variant, join("/variants", variant.variant))


@contextmanager
def placed(request: ResolveRequest, variant: Variant) -> Iterator[None]:
    """Let requirements that cannot be satisfied be found at their line."""
    try:
        yield
    except DependencyError as error:
        error.span = _blamed(error, request) or variant.document.span("/dependencies", key=True)
        raise


def _blamed(error: DependencyError, request: ResolveRequest) -> Span | None:
    """Return the place of the requirement that an error names first."""
    for text in (error.message, error.details or ""):
        for word in _WORD.findall(text):
            name = re.sub(r"[-_.]+", "-", word.rstrip(".")).lower()
            if name in request.places:
                return request.places[name]
    return None
