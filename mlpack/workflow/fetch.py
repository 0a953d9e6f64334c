"""The story of content that is not the project's own: pinned at first sight, held to it later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlpack.core.counting import counted
from mlpack.core.digest import Contents
from mlpack.core.errors import UsageError
from mlpack.lock.model import Lock, PinnedFile
from mlpack.lock.staleness import agrees, answers, request_of, unknown
from mlpack.manifest.model import Artifact, Manifest, Variant
from mlpack.ports import Environment
from mlpack.ports.outside import Outside
from mlpack.ports.packages import PackagesReport, WheelsReport
from mlpack.ports.report import FetchReport, FetchStatus
from mlpack.workflow import lock as locking
from mlpack.workflow.downloads import (
    bring,
    compare,
    is_made,
    make,
    missing_artifacts,
    refuse_offline,
)
from mlpack.workflow.environment import environment_of, ready_environment
from mlpack.workflow.lock import Asked
from mlpack.workflow.options import FetchOptions
from mlpack.workflow.packages import check_platforms, collect_packages, fetch_packages

Fetched = Mapping[str, Mapping[str, PinnedFile]]
"""Pins of remote and made artifacts, by variant and name."""


def asked_of(
    manifest: Manifest,
    outside: Outside,
    *,
    move: Iterable[str] = (),
    offline: bool = False,
    contents: Contents | None = None,
) -> Asked:
    """Return what the manifest asks, with a pin of every artifact.

    What the lock pins is taken from there, though it may not be on this machine; only what it
    does not pin yet is downloaded or made now, and so are the artifacts named in ``move``.
    Raises ``IntegrityError`` when a made one is not what the lock pins.
    """
    moving = frozenset(move)
    _check_names(manifest, moving)
    lock = locking.present_lock(manifest.lock_path)
    settling = _Settling(manifest, lock, moving, outside, offline)
    settling.settle()
    asked = locking.asked_of(manifest, contents or outside.memory.contents, settling.pins)
    if lock is not None:
        _hold_made(asked, lock, moving)
    return asked


def pinned(manifest: Manifest, contents: Contents) -> Asked:
    """Return what the manifest asks, by the lock's pins alone; nothing is fetched.

    What the lock does not pin gets a pin that no lock holds, so that it counts as changed.
    """
    lock = locking.present_lock(manifest.lock_path)
    known = _by_request(lock, frozenset())
    found: dict[str, dict[str, PinnedFile]] = {}
    for variant in manifest.variants:
        mine = found.setdefault(variant.variant or "", {})
        for item in _elsewhere(variant):
            # What a command has made is read where it lies.
            if item.path is None or not (variant.root / item.path).exists():
                pin = known.get(str(request_of(item)))
                mine[item.name] = pin if pin and answers(pin, item) else unknown(item)
    return locking.asked_of(manifest, contents, found)


def fetch(
    manifest: Manifest, variants: tuple[Variant, ...], outside: Outside, options: FetchOptions
) -> tuple[FetchReport | PackagesReport | WheelsReport, ...]:
    """Bring the variants' packages, and all remote and made artifacts, here.

    What is not locked yet is locked first; what is here already is checked.
    """
    offline = options.offline
    check_platforms(options.platforms)
    if options.to is not None and (offline or options.only == "artifacts"):
        raise UsageError(
            "--to downloads packages, which --offline and --only artifacts rule out",
            hint="remove one of the options",
        )
    asked = asked_of(manifest, outside, offline=offline)
    lock, reasons = locking.updated_lock(asked, outside.resolver, outside.narrator, offline=offline)
    if reasons and locking.write(lock, manifest.lock_path):
        outside.narrator.note(locking.written_note(manifest.lock_path, reasons))
    if options.to is not None:
        return collect_packages(
            manifest, variants, lock, outside, options.to, platforms=options.platforms
        )
    packages: tuple[PackagesReport, ...] = ()
    if options.only != "artifacts":
        packages = fetch_packages(
            variants, lock, outside, platforms=options.platforms, offline=offline
        )
    artifacts = () if options.only == "packages" else _artifacts(variants, lock, outside)
    return (*packages, *artifacts)


def _artifacts(
    variants: tuple[Variant, ...], lock: Lock, outside: Outside
) -> tuple[FetchReport, ...]:
    missing = {
        variant.variant or "": missing_artifacts(variant, _pins(lock, variant).get, outside)
        for variant in variants
    }
    refuse_offline([item for items in missing.values() for item in items], outside)
    return tuple(
        _report(variant, item, missing[variant.variant or ""], lock, outside)
        for variant in variants
        for item in _elsewhere(variant)
    )


def _report(
    variant: Variant, item: Artifact, missing: list[Artifact], lock: Lock, outside: Outside
) -> FetchReport:
    pin = _pins(lock, variant)[item.name]
    status: FetchStatus = "present"
    if item in missing and item.uri is not None:
        bring(item, outside, pin=pin)
        status = "downloaded"
    elif item in missing:
        made = make(item, variant, outside, lambda: _environment(variant, lock, outside))
        compare(item, made, pin)
        status = "made"
    return FetchReport(
        artifact=item.name,
        variant=variant.variant,
        status=status,
        digest=pin.digest,
        size=pin.size,
    )


class _Settling:
    """Finds a pin for each artifact from elsewhere, fetching those that nobody has pinned yet."""

    def __init__(
        self,
        manifest: Manifest,
        lock: Lock | None,
        moving: frozenset[str],
        outside: Outside,
        offline: bool,
    ) -> None:
        self.pins: dict[str, dict[str, PinnedFile]] = {}
        self._manifest = manifest
        self._lock = lock
        self._moving = moving
        self._outside = outside
        self._offline = offline
        # Variants, and artifacts renamed, share what was fetched for another.
        self._known = _by_request(lock, moving)

    def settle(self) -> None:
        """Fetch what is missing; raises ``OutsideError`` naming all of it where that may not be."""
        wanted = [
            (variant, item)
            for variant in self._manifest.variants
            for item in _elsewhere(variant)
            if not self._is_here(variant, item) and self._pin(item) is None
        ]
        refuse_offline([item for _, item in wanted if not self._stated(item)], self._outside)
        for variant, item in wanted:
            if self._pin(item) is None:
                self._fetch(variant, item)
        for variant in self._manifest.variants:
            mine = self.pins.setdefault(variant.variant or "", {})
            for item in _elsewhere(variant):
                pin = self._pin(item)
                if pin is not None and not self._is_here(variant, item):
                    mine[item.name] = pin

    def _pin(self, item: Artifact) -> PinnedFile | None:
        pin = self._known.get(str(request_of(item)))
        return pin if pin and agrees(pin, item) else None

    def _is_here(self, variant: Variant, item: Artifact) -> bool:
        """Tell whether it was made already: it is hashed where it lies, and compared then."""
        return item.fetch is not None and is_made(item, variant, self._outside)

    def _stated(self, item: Artifact) -> bool:
        """Tell whether the store may have it, so that no network is needed."""
        return item.uri is not None and item.sha256 is not None

    def _fetch(self, variant: Variant, item: Artifact) -> None:
        if item.uri is not None:
            pin = bring(item, self._outside)
        else:
            pin = make(
                item,
                variant,
                self._outside,
                lambda: _environment(variant, self._lock, self._outside, offline=self._offline),
            )
            compare(item, pin, None)
        self._known[str(pin.request)] = pin


def _environment(
    variant: Variant, lock: Lock | None, outside: Outside, *, offline: bool = False
) -> Environment:
    locked = locking.environment_alone(variant, lock, outside, offline=offline)
    count = counted(len(locked.packages), "package")
    request = environment_of(variant, locked)
    return ready_environment(request, count, outside, offline=offline, quiet=True)


def _elsewhere(variant: Variant) -> Iterable[Artifact]:
    return (item for item in variant.artifacts if request_of(item) is not None)


def _pins(lock: Lock, variant: Variant) -> Mapping[str, PinnedFile]:
    return lock.variants[variant.variant or ""].artifacts


def _by_request(lock: Lock | None, moving: frozenset[str]) -> dict[str, PinnedFile]:
    """Return the lock's pins by what was asked, but for those that shall move."""
    pins = [
        each
        for variant in (lock.variants.values() if lock else ())
        for each in variant.artifacts.items()
    ]
    moved = {pin.request for name, pin in pins if name in moving}
    return {pin.request: pin for _, pin in pins if pin.request and pin.request not in moved}


def _hold_made(asked: Asked, lock: Lock, moving: frozenset[str]) -> None:
    """Refuse what a command made when the lock pins other content under the same command."""
    known = _by_request(lock, moving)
    for variant in asked.manifest.variants:
        for item in _elsewhere(variant):
            pin = known.get(str(request_of(item)))
            if item.fetch is not None and pin is not None:
                compare(item, asked.pins[variant.variant or ""].artifacts[item.name], pin)


def _check_names(manifest: Manifest, names: frozenset[str]) -> None:
    known = {item.name for variant in manifest.variants for item in _elsewhere(variant)}
    for name in sorted(names - known):
        listed = ", ".join(sorted(known)) or "none"
        raise UsageError(
            f"{manifest.path.name} has no remote or made artifact {name!r}",
            hint=f"choose one of: {listed}",
        )
