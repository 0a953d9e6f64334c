"""What the code asks its context for, against what the manifest declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mlpack.core.errors import Problem, Related
from mlpack.manifest.code import Use
from mlpack.manifest.code.model import Holder
from mlpack.manifest.document import join
from mlpack.manifest.rules import config
from mlpack.manifest.rules.modules import Found, find_class
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View


class _Kind(NamedTuple):
    """How one of the two mappings is spoken of."""

    holder: Holder
    noun: str
    undeclared: str
    """The code of the finding that the manifest lacks an entry."""
    unused: str
    """The code of the finding that the code leaves an entry alone."""


_ARTIFACTS = _Kind(
    holder="artifacts",
    noun="artifact",
    undeclared="undeclared-artifact",
    unused="unused-artifact",
)
_CONFIG = _Kind(
    holder="model_config",
    noun="model_config key",
    undeclared="undeclared-config",
    unused="unused-config",
)


def check_artifacts(view: View) -> Iterator[Problem]:
    """Yield artifacts that the code uses and nobody declares, and the other way round."""
    yield from _check(view, _ARTIFACTS, view.keys.get("artifacts", {}))


def check_config(view: View) -> Iterator[Problem]:
    """Yield configuration that the code uses and nobody declares, and the other way round."""
    # A broken file has its own findings, of `config.check`.
    if not any(config.check(view)):
        yield from _check(view, _CONFIG, config.parse(view) or {})


def _check(view: View, kind: _Kind, declared: Mapping[str, Any]) -> Iterator[Problem]:
    found = find_class(view)
    if found is None or found.family.is_model == "no":
        return
    own = [use for use in _own_uses(found) if use.holder == kind.holder and use.key is not None]
    everything = [
        use
        for module in found.reached.modules.values()
        for use in module.uses
        if use.holder == kind.holder
    ]
    used = {use.key for use in everything}
    unused = [name for name in declared if name not in used]
    missing = _missing(own, declared)
    for use in missing:
        yield _undeclared(view, kind, use, _near(str(use.key), unused or declared))
    explained = {_near(str(use.key), unused) for use in missing}
    if _all_known(found, everything) and not (kind is _CONFIG and found.model.init_from):
        for name in unused:
            if name not in explained:
                yield _unused(view, kind, name, found)


def _own_uses(found: Found) -> Iterator[Use]:
    """Yield the uses of the class, of its ancestors, and of functions beside it."""
    owners = {(id(home), facts.qualname) for home, facts in found.family.members}
    homes = {id(home): home for home, _ in found.family.members}
    for home in homes.values():
        for use in home.uses:
            if use.owner is None or (id(home), use.owner) in owners:
                yield use


def _missing(uses: Iterable[Use], declared: Mapping[str, Any]) -> list[Use]:
    """Return the first use of each key that is certain to fail, or that is misspelt."""
    first: dict[str, Use] = {}
    given = list(uses)
    # Code that asks whether a key is there knows what to do without it.
    expected = {use.key for use in given if use.how == "contains"} | declared.keys()
    for use in given:
        key = str(use.key)
        if key in expected:
            continue
        asks = use.how in ("get", "get-default")
        if not asks or _near(key, declared):
            known = first.get(key)
            if known is None or (known.conditional and not use.conditional and not asks):
                first[key] = use
    return list(first.values())


def _near(key: str, names: Iterable[str]) -> str | None:
    """Return the name that ``key`` was probably meant to be: a similar one, or one cut short."""
    known = sorted(names)
    longer = [name for name in known if name.startswith(key) or key.startswith(name)]
    return closest(key, known) or (longer[0] if len(longer) == 1 else None)


def _undeclared(view: View, kind: _Kind, use: Use, near: str | None) -> Problem:
    certain = use.how == "item" and not use.conditional
    place = view.document.place(f"/{kind.holder}")
    related: tuple[Related, ...] = ()
    if place is not None and place.key is not None:
        related = (Related(message="declared here", span=place.key),)
    silence = f" If it cannot happen, add `# mlpack: ignore[{kind.undeclared}]` to that line."
    hint = f"Did you mean `{near}`?" if near else f"Add `{use.key}` under `{kind.holder}`."
    return Problem(
        code=kind.undeclared,
        message=f"The code uses the {kind.noun} `{use.key}`, which the manifest does not declare",
        span=use.span,
        pointer=view.document.origin(f"/{kind.holder}"),
        hint=hint if certain else hint + silence,
        severity="error" if certain else "warning",
        related=related,
    )


def _all_known(found: Found, uses: Iterable[Use]) -> bool:
    """Whether every use is known: by literal keys, in code that could be read."""
    dynamic = any(
        each.module == "importlib" for module in found.reached.modules.values()
        for each in module.imports
    )  # fmt: skip
    opaque = any(use.how == "opaque" for use in uses)
    return found.reached.legible and not (opaque or dynamic or found.family.unknown)


def _unused(view: View, kind: _Kind, name: str, found: Found) -> Problem:
    return view.problem(
        kind.unused,
        f"The code never uses the {kind.noun} `{name}`",
        at=join(f"/{kind.holder}", name),
        key=True,
        hint=f"Remove it, or add `# mlpack: ignore[{kind.unused}]` to this line.",
        severity="warning",
    )
