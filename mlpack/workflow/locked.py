"""The resolutions that a lock has, each with what was asked for it, while they fit the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlpack.core.errors import StaleLockError
from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import ResolveRequest, request_for
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.workflow.places import command_for, way_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """One environment of a lock, and the variants that use it; the unnamed one is not listed."""

    name: str
    variants: tuple[str, ...]
    request: ResolveRequest
    locked: LockedEnvironment


def resolutions(manifest: Manifest, variants: Sequence[Variant]) -> tuple[Resolution, ...]:
    """Return the locked environments of these variants, each once.

    Raises ``StaleLockError`` where what is asked is not what was locked; artifacts and example
    files make no difference.
    """
    with way_out(manifest):
        lock = read_lock(manifest.lock_path)
    found: dict[str, Resolution] = {}
    for variant in variants:
        request = request_for(variant)
        known = lock.variants.get(variant.variant or "")
        if known is None or not lock.environments[known.environment].answers(request.digest):
            raise StaleLockError(
                f"the dependencies in {manifest.lock_path.name} do not match {manifest.path.name}",
                hint=f"run `{command_for(manifest, 'lock')}`",
            )
        name = known.environment
        first = Resolution(name=name, variants=(), request=request, locked=lock.environments[name])
        so_far = found.get(name, first)
        mine = (variant.variant,) if variant.variant is not None else ()
        found[name] = replace(so_far, variants=(*so_far.variants, *mine))
    return tuple(found.values())
