"""The story of the lock: what is asked, whether the old answers still hold, and new answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from mlpack.core.counting import counted
from mlpack.core.digest import Contents, Listing, file_contents, tree_digest, value_digest
from mlpack.core.errors import IntegrityError, StaleLockError, UsageError
from mlpack.core.files import project_files
from mlpack.lock.model import (
    BUILD_TIME,
    Lock,
    LockedEnvironment,
    LockedVariant,
    Output,
    PinnedFile,
    Repair,
)
from mlpack.lock.request import ResolveRequest, environment_names, request_for
from mlpack.lock.staleness import hold, lock_relevant, moved, request_of
from mlpack.lock.staleness import reasons as stale_reasons
from mlpack.lock.text import lock_text, read_lock, recovered_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.package.adopted import files_of
from mlpack.ports import Narrator, Resolver, UpgradeScope, upgraded_names
from mlpack.ports.outside import Outside
from mlpack.storage.atomic import write_whole
from mlpack.workflow.places import placed, stale_problem, way_out

_NO_LOCK = "no lock file yet"

Requests = Mapping[str, ResolveRequest]
Pins = Mapping[str, LockedVariant]
Fetched = Mapping[str, PinnedFile]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a manifest asks of its lock: requests and present pins, by variant name."""

    manifest: Manifest
    requests: Requests
    pins: Pins

    @property
    def digest(self) -> str:
        """Digest of the manifest's lock-relevant part."""
        return value_digest(lock_relevant(self.manifest))


def asked_of(
    manifest: Manifest, contents: Contents = file_contents, fetched: Mapping[str, Fetched] = {}
) -> Asked:
    """Read what the manifest asks: its requirement files, and the content it names.

    ``contents`` tells what artifacts and example files hold; ``fetched`` holds the pins of those
    artifacts that do not lie in the project, by variant and name.
    """
    requests = {variant.variant or "": request_for(variant) for variant in manifest.variants}
    names = environment_names(requests)
    pins = {
        variant.variant or "": _pins(
            variant,
            names[variant.variant or ""],
            contents,
            fetched.get(variant.variant or "", {}),
        )
        for variant in manifest.variants
    }
    return Asked(manifest=manifest, requests=requests, pins=pins)


def present_lock(path: Path) -> Lock | None:
    """Return the lock at ``path``, or what is left of it; ``None`` where there is none yet."""
    return recovered_lock(path) if path.exists() else None


def checked_lock(asked: Asked) -> Lock:
    """Return the lock if it fits the manifest; nothing is written.

    Raises ``StaleLockError`` naming what moved.
    """
    with way_out(asked.manifest):
        lock = read_lock(asked.manifest.lock_path)
    stale = moved(asked.manifest, asked.requests, lock, asked.pins)
    if stale:
        raise StaleLockError(
            f"{asked.manifest.lock_path.name} does not match {asked.manifest.path.name}",
            problems=[stale_problem(asked.manifest, each) for each in stale],
        )
    return lock


def check_content(asked: Asked, lock: Lock) -> None:
    """Raise ``IntegrityError`` where a file's bytes are not the ones that the lock pins."""
    for variant, now in asked.pins.items():
        pinned = lock.variants.get(variant)
        if pinned is not None:
            _compare(now.artifacts, pinned.artifacts, "artifact")
            _compare(now.example_files, pinned.example_files, "example file")


def updated_lock(
    asked: Asked,
    resolver: Resolver,
    narrator: Narrator,
    *,
    upgrade: UpgradeScope = frozenset(),
    offline: bool = False,
) -> tuple[Lock, tuple[str, ...]]:
    """Return a lock that fits, moving only the pins that must, and why it moved at all."""
    old = present_lock(asked.manifest.lock_path)
    stale: tuple[str, ...] = (_NO_LOCK,)
    if old is not None:
        _tell(old.repair, narrator)
        _check_upgrade(asked, old, upgrade)
        stale = stale_reasons(asked.manifest, asked.requests, old, asked.pins)
        if not stale and not upgrade:
            return old, ()
    environments = _resolved(asked, old, resolver, narrator, upgrade, offline)
    lock = Lock(
        manifest=asked.digest,
        build_time=old.build_time if old else BUILD_TIME,
        environments=environments,
        variants=asked.pins,
        outputs={} if old is None else _kept_outputs(old, asked),
    )
    return lock, stale


def _tell(repair: Repair | None, narrator: Narrator) -> None:
    if repair is not None and repair.problem is not None:
        narrator.warn(repair.problem)
    elif repair is not None:
        narrator.note(repair.sentence)


def _check_upgrade(asked: Asked, old: Lock, upgrade: UpgradeScope) -> None:
    """Raise ``UsageError`` for a package to upgrade that is neither locked nor asked for."""
    if upgrade != "all":
        check_upgradable(upgraded_names(upgrade), upgradable(asked.requests.values(), old))


def check_upgradable(names: Iterable[str], known: Collection[str], where: str = "the lock") -> None:
    """Raise ``UsageError`` for a name that is not known in ``where``."""
    for name in sorted(names):
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            raise UsageError(
                f"Package {name} is not in {where}, so it cannot be upgraded",
                hint=f"did you mean `{near[0]}`?" if near else None,
            )


def upgradable(requests: Iterable[ResolveRequest], old: Lock | None) -> set[str]:
    """Return the names of all packages that are locked or asked for."""
    from packaging.requirements import Requirement

    locked = old.environments.values() if old else ()
    known = {package.name for environment in locked for package in environment.packages}
    asked = (line for request in requests for line in request.requirements)
    return known | {Requirement(line).name for line in asked}


def environment_alone(
    variant: Variant, lock: Lock | None, outside: Outside, *, offline: bool = False
) -> LockedEnvironment:
    """Return the environment for a variant, artifacts or not: the lock's while it fits.

    A command in it may be what makes the artifacts, so they need not be there yet.
    """
    request = request_for(variant)
    previous = _previous(lock, variant.variant or "")
    if previous is not None and previous.answers(request.digest):
        return previous
    outside.narrator.step(f"Resolving packages for Python {request.python}")
    with placed(request, variant):
        found = outside.resolver.resolve(request, previous=previous, offline=offline)
    outside.narrator.done(f"Resolved {counted(len(found.packages), 'package')}")
    return found


def write(lock: Lock, path: Path) -> bool:
    """Write the lock if its text differs from the file's; return whether it did."""
    content = lock_text(lock).encode()
    if path.exists() and path.read_bytes() == content:
        return False
    write_whole(path, content)
    return True


def _resolved(
    asked: Asked,
    old: Lock | None,
    resolver: Resolver,
    narrator: Narrator,
    upgrade: UpgradeScope,
    offline: bool,
) -> dict[str, LockedEnvironment]:
    names = environment_names(asked.requests)
    asking = {item.variant or "": item for item in asked.manifest.variants}
    found: dict[str, LockedEnvironment] = {}
    for variant, request in sorted(asked.requests.items()):
        name = names[variant]
        if name in found:
            continue
        previous = _previous(old, variant)
        if previous and previous.answers(request.digest) and not upgrade:
            found[name] = previous
            continue
        narrator.step(f"Resolving {name} for Python {request.python}")
        with placed(request, asking[variant]):
            found[name] = resolver.resolve(
                request, previous=previous, upgrade=upgrade, offline=offline
            )
        narrator.done(f"Resolved {counted(len(found[name].packages), 'package')}")
    return found


def _previous(old: Lock | None, variant: str) -> LockedEnvironment | None:
    if old is None or not old.environments:
        return None
    known = old.variants.get(variant)
    # A new variant starts from its siblings' pins: they tend to share packages.
    name = known.environment if known else sorted(old.environments)[0]
    return old.environments.get(name)


def _kept_outputs(old: Lock, asked: Asked) -> dict[str, Output]:
    return {name: output for name, output in old.outputs.items() if name in asked.requests}


def _pins(
    variant: Variant, environment: str, contents: Contents, fetched: Fetched
) -> LockedVariant:
    artifacts = {}
    for item in variant.artifacts:
        if item.name in fetched:
            artifacts[item.name] = fetched[item.name]
        else:
            pin = _pin(variant.root / str(item.path), contents, files_of(item, variant.root))
            artifacts[item.name] = replace(pin, request=request_of(item))
    example = variant.input_example
    paths = {str(path) for path in example.files}
    if example.kind == "file":
        paths.add(str(example.value))
    listed = project_files(variant.root)
    files = {path: _pin(variant.root / path, contents, listed) for path in sorted(paths)}
    for item in variant.artifacts:
        _check_stated(item.name, item.sha256, artifacts.get(item.name))
    return LockedVariant(environment=environment, artifacts=artifacts, example_files=files)


def _pin(path: Path, contents: Contents, listed: Listing) -> PinnedFile:
    if path.is_file():
        (content,) = contents([path])
        return PinnedFile(digest=content.digest, size=content.size)
    tree = tree_digest(path, contents, listed)
    return PinnedFile(digest=tree.digest, size=tree.size)


def _check_stated(name: str, stated: str | None, found: PinnedFile | None) -> None:
    if stated is not None and found is not None and found.digest != f"sha256:{stated}":
        raise IntegrityError(
            f"artifact {name} does not match the manifest: found {found.digest}, expected "
            f"sha256:{stated}",
            hint="restore the file, or update its `sha256` if the change is intended",
        )


def _compare(now: Mapping[str, PinnedFile], pinned: Mapping[str, PinnedFile], kind: str) -> None:
    for name, pin in pinned.items():
        # Another question has another answer: that makes a lock stale, not the bytes wrong.
        if name in now and now[name].request == pin.request:
            hold(f"{kind} {name}", now[name], pin, upgrade="" if pin.request is None else name)


def with_output(lock: Lock, variant: str, output: Output) -> Lock:
    """Return the lock with one variant's output recorded."""
    return replace(lock, outputs={**lock.outputs, variant: output})


def written_note(path: Path, reasons: tuple[str, ...]) -> str:
    """Say that the lock was written: created, or updated for these reasons."""
    created = reasons == (_NO_LOCK,)
    return f"Created {path.name}" if created else f"Updated {path.name}: {'; '.join(reasons)}"
