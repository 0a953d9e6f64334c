"""What a lock depends on, and why it does not fit any more, each input by its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from mlpack.core.digest import value_digest
from mlpack.core.errors import IntegrityError
from mlpack.lock.model import Lock, LockedEnvironment, LockedVariant, PinnedFile
from mlpack.lock.request import ResolveRequest
from mlpack.manifest.document import join
from mlpack.manifest.model import Artifact, Dependencies, InputExample, Manifest, Variant


class Moved(NamedTuple):
    """An input that moved since the lock was written, in words, and the key that states it."""

    sentence: str
    pointer: str
    variant: str


def reasons(
    manifest: Manifest,
    requests: Mapping[str, ResolveRequest],
    lock: Lock,
    pins: Mapping[str, LockedVariant],
) -> tuple[str, ...]:
    """Return one sentence for each input that moved since ``lock`` was written; none: it fits."""
    return tuple(each.sentence for each in moved(manifest, requests, lock, pins))


def moved(
    manifest: Manifest,
    requests: Mapping[str, ResolveRequest],
    lock: Lock,
    pins: Mapping[str, LockedVariant],
) -> tuple[Moved, ...]:
    """Return each input that moved since ``lock`` was written; none: it fits.

    ``requests`` and ``pins`` are what the manifest asks now and the content it finds now, by
    variant name (the empty string for the unnamed one).
    """
    found: dict[str, Moved] = {}
    first = manifest.variants[0].variant or ""
    if lock.repair is not None:
        found[lock.repair.reason] = Moved(lock.repair.reason, "/dependencies", first)
    for each in (
        *_added_and_removed(manifest, requests, lock),
        *_inside(manifest, requests, lock, pins),
    ):
        found.setdefault(each.sentence, each)
    if not found and lock.manifest != value_digest(lock_relevant(manifest)):
        sentence = f"{manifest.path.name} changed in settings that the lock records"
        return (Moved(sentence, "/name", first),)
    return tuple(found.values())


def _added_and_removed(
    manifest: Manifest, requests: Mapping[str, ResolveRequest], lock: Lock
) -> Iterator[Moved]:
    for variant in sorted(requests.keys() - lock.variants.keys()):
        added = f"variant {variant} was added"
        sentence = added if variant else "the manifest no longer has variants"
        yield Moved(sentence, join("/variants", variant) if variant else "/name", variant)
    first = manifest.variants[0].variant or ""
    for variant in sorted(lock.variants.keys() - requests.keys()):
        removed = f"variant {variant} was removed"
        yield Moved(removed if variant else "the manifest has variants now", "/variants", first)


def _inside(
    manifest: Manifest,
    requests: Mapping[str, ResolveRequest],
    lock: Lock,
    pins: Mapping[str, LockedVariant],
) -> Iterator[Moved]:
    asking = {item.variant or "": item for item in manifest.variants}
    for variant in sorted(requests.keys() & lock.variants.keys()):
        locked = lock.variants[variant]
        environment = lock.environments[locked.environment]
        found: list[tuple[str, str]] = []
        if lock.repair is None:
            found += _asked(asking[variant].dependencies, requests[variant], environment)
        if variant in pins:
            now = pins[variant]
            for name, sentence in _differences("artifact ", now.artifacts, locked.artifacts):
                found.append((join("/artifacts", name), sentence))
            files = _differences("example file ", now.example_files, locked.example_files)
            found += [("/input_example", sentence) for _, sentence in files]
        yield from (Moved(sentence, pointer, variant) for pointer, sentence in found)


def _asked(
    stated: Dependencies, request: ResolveRequest, locked: LockedEnvironment
) -> Iterator[tuple[str, str]]:
    if request.digest == locked.request:
        if not locked.resolved:
            yield "/dependencies", "its pins were merged or edited, and may not fit together"
        return
    named = list(_differences("", request.inputs, locked.inputs))
    for name, sentence in named:
        yield _stated_at(stated, name), sentence
    if not named:
        # The same words in another file ask for the same: then only the sum can differ.
        yield "/dependencies", "the dependencies changed"


def _stated_at(stated: Dependencies, name: str) -> str:
    """Return the key that an input of a request is stated at."""
    if name == "python":
        return "/python"
    if name.startswith("dependencies."):
        return join("", *name.split("."))
    if name == str(stated.file):
        return "/dependencies/file"
    if name in map(str, stated.constraints):
        return "/dependencies/constraints"
    in_project = stated.pyproject is not None and name.startswith(str(stated.pyproject.path))
    return "/dependencies/pyproject" if in_project else "/dependencies"


def _differences(
    kind: str, now: Mapping[str, object], then: Mapping[str, object]
) -> Iterator[tuple[str, str]]:
    """Yield the name and the sentence of each entry that is not the same in both."""
    for name in sorted(now.keys() | then.keys()):
        if name not in then:
            yield name, f"{kind}{name} was added"
        elif name not in now:
            yield name, f"{kind}{name} was removed"
        elif now[name] != then[name]:
            yield name, f"{kind}{name} changed"


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


def hold(what: str, found: PinnedFile, pin: PinnedFile, *, upgrade: str) -> None:
    """Raise ``IntegrityError`` where content is not what the lock pins.

    ``upgrade`` is the artifact to pin anew; it is empty for a file of the project, which any
    `mlpack lock` pins anew.
    """
    if found.same_bytes(pin):
        return
    command = f"mlpack lock --upgrade-artifact {upgrade}" if upgrade else "mlpack lock"
    raise IntegrityError(
        f"{what} does not match the lock: found {found.digest} ({found.size} bytes), "
        f"expected {pin.digest} ({pin.size} bytes)",
        hint=f"restore it, or run `{command}` if the change is intended",
    )
