"""The story of `mlpack push`: built packages are taken, unchanged, to where models live."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mlpack.core.errors import StaleLockError, UsageError
from mlpack.lock.model import Lock
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.package.layout import without_caches
from mlpack.package.placing import evidence_of
from mlpack.package.reading import PackageFacts, read_package
from mlpack.package.record_reading import Record, record_of
from mlpack.ports.outside import Outside
from mlpack.ports.publishing import (
    Published,
    Publisher,
    PushReport,
    PushStatus,
    Release,
    other_content,
)
from mlpack.workflow.integrity import check_integrity
from mlpack.workflow.options import PushOptions

_NO_TARGET = "add `publish` to the manifest, or pass a target such as s3://bucket/models"


def push_project(
    manifest: Manifest, variants: Sequence[Variant], options: PushOptions, outside: Outside
) -> Iterator[PushReport]:
    """Push each variant's package, which must be the one that the lock records.

    Nothing is pushed before all packages were checked. Raises ``IntegrityError`` for one that
    differs, ``UsageError`` for one that is not built, or without any target.
    """
    lock = read_lock(manifest.lock_path)
    releases = [(_recorded_release(each, lock, outside), each) for each in variants]
    for release, variant in releases:
        targets = options.targets or variant.publish
        if not targets:
            raise UsageError(f"{variant.package_name} has no target to push to", hint=_NO_TARGET)
        yield from _to_all(release, targets, options, outside)


def push_package(package: Path, options: PushOptions, outside: Outside) -> Iterator[PushReport]:
    """Push any package that mlpack built, as its record says where it has one."""
    if not options.targets:
        raise UsageError("no target to push to", hint="pass a target such as s3://bucket/models")
    release = _release(package, None, outside)
    yield from _to_all(release, options.targets, options, outside)


def _recorded_release(variant: Variant, lock: Lock, outside: Outside) -> Release:
    package = Path(variant.root / variant.output / variant.package_name)
    if not package.is_dir():
        raise UsageError(f"{package} is not built", hint="run `mlpack build` first")
    if (variant.variant or "") not in lock.outputs:
        raise StaleLockError(
            f"the lock does not record {variant.package_name}: no forward pass has proven it",
            hint="run `mlpack build`",
        )
    return _release(package, lock, outside)


def _release(package: Path, lock: Lock | None, outside: Outside) -> Release:
    outside.narrator.step(f"Checking {package.name}")
    found = check_integrity(package, digest=None, lock=lock, contents=outside.memory.contents)
    facts, record = read_package(package), record_of(package)
    name, version, variant = _identity(facts, record)
    outside.narrator.done(f"Checked {package.name}: {found.digest}")
    metadata = facts.mlmodel.get("metadata") or {}
    return Release(
        name=name,
        version=version,
        variant=variant,
        package=package,
        tree=without_caches(found.tree),
        evidence=evidence_of(package),
        tags={str(key): str(value) for key, value in (metadata.get("tags") or {}).items()},
        facts=_told(facts, record),
    )


def _told(facts: PackageFacts, record: Record | None) -> dict[str, str]:
    known = {"python": facts.python}
    if record is not None:
        known["class"] = record.model_class or ""
        known["commit"] = record.commit or ""
        if record.commit and record.dirty:
            known["commit"] += " and changes"
    return {key: value for key, value in known.items() if value}


def _identity(facts: PackageFacts, record: Record | None) -> tuple[str, str, str | None]:
    """Return name, version and variant, from the record or from what ``MLmodel`` says."""
    if record is not None:
        return record.name, record.version, record.variant
    origin = facts.origin
    if origin is None or not all(isinstance(origin.get(key), str) for key in ("name", "version")):
        raise UsageError(
            f"{facts.path} was not built by mlpack: it has neither a name nor a version to push",
            hint="import it with `mlpack import`, and build it",
        )
    variant = origin.get("variant")
    return origin["name"], origin["version"], None if variant is None else str(variant)


def _to_all(
    release: Release, targets: Sequence[str], options: PushOptions, outside: Outside
) -> Iterator[PushReport]:
    places = outside.publishers.to(
        tracking_uri=options.tracking_uri, aliases=options.aliases, tags=options.tags
    )
    for target in targets:
        publisher = places.of(target)
        if options.dry_run:
            yield _planned(
                release, target, publisher.recorded(target, release.name, release.label), options
            )
        else:
            yield _pushed(release, target, publisher, options, outside)


def _planned(
    release: Release, target: str, there: Published | None, options: PushOptions
) -> PushReport:
    if there is not None and there.digest == release.tree.digest:
        return _report(release, target, there, "present")
    if there is not None and not options.force:
        raise other_content(target, release, there.digest)
    return _report(release, target, None, "planned")


def _pushed(
    release: Release, target: str, publisher: Publisher, options: PushOptions, outside: Outside
) -> PushReport:
    outside.narrator.step(f"Pushing {release.package.name}")
    done = publisher.push(target, release, force=options.force, progress=outside.narrator.progress)
    outside.narrator.done(f"Pushed {release.package.name}")
    return _report(release, target, done, "pushed" if done.sent else "present")


def _report(
    release: Release, target: str, found: Published | None, status: PushStatus
) -> PushReport:
    return PushReport(
        package=release.package,
        version=release.label,
        target=target,
        status=status,
        digest=release.tree.digest,
        uri=found.uri if found else "",
        sent=found.sent if found else 0,
    )
