"""Why a lock does not fit any more, each input by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpack.digest import value_digest
from mlpack.lock.model import Lock, LockedEnvironment, LockedVariant, PinnedFile
from mlpack.lock.request import ResolveRequest
from mlpack.manifest.model import Manifest


def reasons(
    manifest: Manifest,
    requests: Mapping[str, ResolveRequest],
    lock: Lock,
    pins: Mapping[str, LockedVariant],
) -> tuple[str, ...]:
    """Return one sentence for each input that moved since ``lock`` was written; none: it fits.

    ``requests`` and ``pins`` are what the manifest asks now and the content it finds now, by
    variant name (the empty string for the unnamed one).
    """
    from mlpack.manifest.relevant import lock_relevant

    found = list(dict.fromkeys(_moved(requests, lock, pins)))
    if not found and lock.manifest != value_digest(lock_relevant(manifest)):
        found = [f"{manifest.path.name} changed in what the lock pins"]
    return tuple(found)


def _moved(
    requests: Mapping[str, ResolveRequest], lock: Lock, pins: Mapping[str, LockedVariant]
) -> Iterator[str]:
    for variant in sorted(requests.keys() - lock.variants.keys()):
        yield f"variant {variant} is new" if variant else "the manifest has no variants any more"
    for variant in sorted(lock.variants.keys() - requests.keys()):
        yield f"variant {variant} is gone" if variant else "the manifest has variants now"
    for variant in sorted(requests.keys() & lock.variants.keys()):
        locked = lock.variants[variant]
        yield from _asked(requests[variant], lock.environments[locked.environment])
        if variant in pins:
            yield from _content("artifact", pins[variant].artifacts, locked.artifacts)
            yield from _content("example file", pins[variant].example_files, locked.example_files)


def _asked(request: ResolveRequest, locked: LockedEnvironment) -> Iterator[str]:
    if request.digest == locked.request:
        return
    named = list(_differences("", request.inputs, locked.inputs))
    # The same words in another file ask for the same: then only the sum can differ.
    yield from named or ["the dependencies changed"]


def _content(
    kind: str, now: Mapping[str, PinnedFile], then: Mapping[str, PinnedFile]
) -> Iterator[str]:
    yield from _differences(f"{kind} ", now, then)


def _differences(kind: str, now: Mapping[str, object], then: Mapping[str, object]) -> Iterator[str]:
    for name in sorted(now.keys() | then.keys()):
        if name not in then:
            yield f"{kind}{name} is new"
        elif name not in now:
            yield f"{kind}{name} is gone"
        elif now[name] != then[name]:
            yield f"{kind}{name} changed"
