"""Warnings about pins that their index has yanked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpack.core.errors import Problem
from mlpack.lock.model import Lock
from mlpack.lock.request import environment_names
from mlpack.manifest.model import Variant
from mlpack.manifest.reading import not_silenced
from mlpack.workflow.lock import Asked


def yanked_pins(asked: Asked, lock: Lock) -> tuple[Problem, ...]:
    """Return a warning for each yanked pin that a resolution just found, unless silenced."""
    names = environment_names(asked.requests)
    found: dict[Problem, None] = {}
    for variant in asked.manifest.variants:
        environment = lock.environments[names[variant.variant or ""]]
        warnings = _warnings(asked, variant, environment.yanked)
        found.update(dict.fromkeys(not_silenced(warnings, variant.document, ())))
    return tuple(found)


def _warnings(
    asked: Asked, variant: Variant, yanked: Mapping[tuple[str, str], str]
) -> Iterator[Problem]:
    places = asked.requests[variant.variant or ""].places
    for (name, version), reason in sorted(yanked.items()):
        why = f": {reason}" if reason else ", and the index gives no reason"
        yield Problem(
            code="yanked-pin",
            message=f"`{name}=={version}` is yanked{why}",
            span=places.get(name) or variant.document.span("/dependencies", key=True),
            hint=_hint(name, direct=name in places),
            severity="warning",
        )


def _hint(name: str, *, direct: bool) -> str:
    if direct:
        return f"Require a version of `{name}` that is not yanked."
    return f"Run `mlpack lock -P {name}`; if it is still pinned, find the package that requires it."
