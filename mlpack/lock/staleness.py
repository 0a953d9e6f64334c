"""What a lock depends on, and why it does not fit any more, each input by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlpack.core.digest import value_digest
from mlpack.lock.model import Lock, LockedEnvironment, LockedVariant, PinnedFile
from mlpack.lock.request import ResolveRequest
from mlpack.manifest.model import Artifact, Dependencies, InputExample, Manifest, Variant


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
    found = list(dict.fromkeys(_moved(requests, lock, pins)))
    if not found and lock.manifest != value_digest(lock_relevant(manifest)):
        found = [f"{manifest.path.name} changed in settings that the lock records"]
    return tuple(found)


def _moved(
    requests: Mapping[str, ResolveRequest], lock: Lock, pins: Mapping[str, LockedVariant]
) -> Iterator[str]:
    for variant in sorted(requests.keys() - lock.variants.keys()):
        yield f"variant {variant} was added" if variant else "the manifest no longer has variants"
    for variant in sorted(lock.variants.keys() - requests.keys()):
        yield f"variant {variant} was removed" if variant else "the manifest has variants now"
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
            yield f"{kind}{name} was added"
        elif name not in now:
            yield f"{kind}{name} was removed"
        elif now[name] != then[name]:
            yield f"{kind}{name} changed"


def lock_relevant(manifest: Manifest) -> dict[str, Any]:
    """Return the lock-relevant part as JSON values, by variant name (empty for the unnamed one).

    The order of keys, comments and the way that a value is written make no difference.
    """
    return {"variants": {item.variant or "": _variant(item) for item in manifest.variants}}


def _variant(variant: Variant) -> dict[str, Any]:
    return {
        "python": variant.python,
        "dependencies": _dependencies(variant.dependencies),
        "artifacts": {artifact.name: _artifact(artifact) for artifact in variant.artifacts},
        "example_files": _example_files(variant.input_example),
    }


def _dependencies(asked: Dependencies) -> dict[str, Any]:
    project = asked.pyproject
    return {
        "requirements": sorted(asked.requirements),
        "file": None if asked.file is None else str(asked.file),
        "pyproject": None
        if project is None
        else [str(project.path), sorted(project.extras), sorted(project.groups)],
        "constraints": sorted(str(path) for path in asked.constraints),
        # The order of indexes decides which one a package comes from.
        "index_url": asked.index_url,
        "extra_index_urls": list(asked.extra_index_urls),
        "find_links": list(asked.find_links),
        "torch_backend": asked.torch_backend,
        "exclude_newer": asked.exclude_newer,
        "allow_sdist": asked.allow_sdist
        if isinstance(asked.allow_sdist, bool)
        else sorted(asked.allow_sdist),
        "no_build_isolation": sorted(asked.no_build_isolation),
        "platforms": sorted(asked.platforms),
        "allow_unhashed": sorted(asked.allow_unhashed),
    }


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {
        "path": None if artifact.path is None else str(artifact.path),
        "uri": artifact.uri,
        "sha256": artifact.sha256,
        "size": artifact.size,
        "fetch": artifact.fetch,
    }


def _example_files(example: InputExample) -> list[str]:
    paths = {str(path) for path in example.files}
    return sorted(paths | {str(example.value)} if example.kind == "file" else paths)


def request_of(artifact: Artifact) -> str | None:
    """Return the digest of the URI or the command; ``None`` for a file of the project.

    The lock holds it in place of the URI, which may name a host that is nobody's business.
    """
    if artifact.uri is not None:
        return value_digest({"uri": artifact.uri})
    if artifact.fetch is not None:
        return value_digest({"fetch": artifact.fetch, "path": str(artifact.path)})
    return None


def answers(pin: PinnedFile, artifact: Artifact) -> bool:
    """Tell whether ``pin`` is of what is asked now, and what the manifest states of it."""
    return pin.request == request_of(artifact) and agrees(pin, artifact)


def agrees(pin: PinnedFile, artifact: Artifact) -> bool:
    """Tell whether ``pin`` has the digest and size that the manifest states, if it does."""
    return (artifact.sha256 is None or pin.digest == f"sha256:{artifact.sha256}") and (
        artifact.size is None or pin.size == artifact.size
    )


def unknown(artifact: Artifact) -> PinnedFile:
    """Return a pin of nothing, unlike any that a lock holds: what is asked was never answered."""
    return PinnedFile(digest="", size=0, request=request_of(artifact))
