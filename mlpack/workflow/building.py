"""The story of a build: lock, plan, save, complete, prove, place, record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mlpack.digest import tree_digest
from mlpack.errors import IntegrityError, UsageError
from mlpack.lock.model import Lock, LockedEnvironment, Output
from mlpack.lock.request import request_for
from mlpack.lock.requirements import install_lines
from mlpack.lock.text import read_lock
from mlpack.manifest.model import Manifest, Variant
from mlpack.plan import Plan, package_requirements, plan
from mlpack.ports import Environment, EnvironmentRequest
from mlpack.report import BuildReport, BuildStatus
from mlpack.revision import git_revision
from mlpack.workflow import locking
from mlpack.workflow.checking import check
from mlpack.workflow.making import Made, is_ours, make
from mlpack.workflow.options import BuildOptions
from mlpack.workflow.outside import Outside
from mlpack.workflow.recording import (
    build_record,
    has_its_record,
    place_with_record,
    revision_paths,
)
from mlpack.workflow.reproducing import check_recorded, not_reproduced
from mlpack.workspace.exclusive import exclusive
from mlpack.workspace.staging import staging, sweep


def build(manifest: Manifest, options: BuildOptions, outside: Outside) -> tuple[BuildReport, ...]:
    """Build the chosen variants of a manifest, in the manifest's order."""
    chosen = chosen_variants(manifest, options.variants)
    lock = _lock(manifest, options, outside)
    build_time = lock.build_time if outside.build_time is None else outside.build_time
    plans = [plan(item, lock, output=options.output, build_time=build_time) for item in chosen]
    if options.dry_run:
        return tuple(_planned(item, lock) for item in plans)
    builder = _Builder(manifest=manifest, lock=lock, options=options, outside=outside)
    if options.check:
        return tuple(check(item, builder.environment(item), outside) for item in plans)
    return tuple(builder.build(item) for item in plans)


def chosen_variants(manifest: Manifest, names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants of these names, or all; raises ``UsageError`` for an unknown one."""
    known = [item.variant for item in manifest.variants if item.variant is not None]
    for name in names:
        if name not in known:
            listed = ", ".join(known) if known else "none"
            raise UsageError(
                f"{manifest.path.name} has no variant {name!r}", hint=f"it has: {listed}"
            )
    return tuple(item for item in manifest.variants if not names or item.variant in names)


def environment_of(variant: Variant, locked: LockedEnvironment) -> EnvironmentRequest:
    """Return the environment that the lock pins for a variant."""
    asked = request_for(variant)
    options = [line for line in package_requirements(variant, locked) if line.startswith("-")]
    return EnvironmentRequest(
        # With all hashes there are: beside a git requirement the package's own have none.
        requirements=(*options, *install_lines(locked)),
        python=locked.python,
        no_build_isolation=locked.no_build_isolation,
        links=asked.find_links_now,
        index_url=asked.index_url,
    )


def _lock(manifest: Manifest, options: BuildOptions, outside: Outside) -> Lock:
    asked = locking.asked_of(manifest)
    if options.locked:
        lock = read_lock(manifest.lock_path)
        locking.check_content(asked, lock)
        return locking.checked_lock(asked)
    lock, reasons = locking.updated_lock(
        asked, outside.resolver, outside.narrator, offline=options.offline
    )
    # In the current environment, or in a dry run, nothing is recorded.
    if options.environment == "locked" and not options.dry_run and reasons:
        locking.write(lock, manifest.lock_path)
        outside.narrator.note(f"Wrote {manifest.lock_path.name}: {'; '.join(reasons)}")
    return lock


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    """Builds the plans of one manifest, one after another."""

    manifest: Manifest
    lock: Lock
    options: BuildOptions
    outside: Outside

    def build(self, planned: Plan) -> BuildReport:
        started = self.outside.clock()
        recorded = self._recorded(planned)
        if recorded and self._may_stay(planned, recorded):
            narrator = self.outside.narrator
            sweep(planned.target, self.outside.cache / "locks", waiting=narrator.note)
            return _report(planned, "unchanged", recorded.package, started, self.outside)
        _refuse_foreign(planned, self.options)
        made = self._make(planned, recorded)
        if self.options.recorded:
            self._record(planned, made.tree.digest)
        report = _report(planned, "built", made.tree.digest, started, self.outside)
        return replace(report, size=made.tree.size, prediction=made.prediction)

    def _recorded(self, planned: Plan) -> Output | None:
        recorded = self.lock.outputs.get(planned.variant.variant or "")
        if self.options.locked:
            check_recorded(planned, recorded)
        return recorded

    def _may_stay(self, planned: Plan, recorded: Output) -> bool:
        if self.options.force or self.options.payload or self.options.environment == "current":
            return False
        return _is_current(planned, recorded)

    def _make(self, planned: Plan, recorded: Output | None) -> Made:
        environment = self.environment(planned)
        locks = self.outside.cache / "locks"
        with staging(planned.target, locks, waiting=self.outside.narrator.note) as folder:
            made = make(planned, environment, folder, self.options, self.outside)
            if self.options.locked and recorded and made.tree.digest != recorded.package:
                raise not_reproduced(planned, made.path, recorded)
            place_with_record(made.path, planned.target, self._record_text(planned, made))
        return made

    def _record_text(self, planned: Plan, made: Made) -> bytes | None:
        # Of the active environment nothing is known that a record could state.
        if self.options.environment == "current":
            return None
        paths = revision_paths(planned, self.manifest)
        revision = git_revision(self.manifest.root, paths)
        return build_record(planned, self.lock, self.manifest, made.tree, revision)

    def environment(self, planned: Plan) -> Environment:
        """Return the environment to build in, made or found."""
        if self.options.environment == "current":
            return self.outside.current_environment()
        narrator = self.outside.narrator
        narrator.step(f"Preparing the environment ({len(planned.environment.packages)} packages)")
        request = environment_of(planned.variant, planned.environment)
        environment = self.outside.environments.provide(request, offline=self.options.offline)
        for note in environment.notes:
            narrator.note(note)
        narrator.done(f"Environment ready on Python {environment.version}")
        return environment

    def _record(self, planned: Plan, digest: str) -> None:
        path = self.manifest.lock_path
        # Builds of other variants may have recorded theirs meanwhile.
        with exclusive(path, self.outside.cache / "locks"):
            lock = read_lock(path)
            output = Output(inputs=planned.inputs, package=digest, parts=planned.parts)
            name = planned.variant.variant or ""
            locking.write(locking.with_output(lock, name, output), path)


def _report(
    planned: Plan, status: BuildStatus, digest: str, started: float, outside: Outside
) -> BuildReport:
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status=status,
        digest=digest,
        seconds=outside.clock() - started,
    )


def _is_current(planned: Plan, recorded: Output) -> bool:
    if recorded.inputs != planned.inputs or not planned.target.is_dir():
        return False
    try:
        tree = tree_digest(planned.target)
    except IntegrityError:
        return False
    return tree.digest == recorded.package and has_its_record(planned.target, tree)


def _refuse_foreign(planned: Plan, options: BuildOptions) -> None:
    target = planned.target
    if options.force or not (target.exists() or target.is_symlink()):
        return
    if target.is_dir() and (not any(target.iterdir()) or is_ours(target, planned)):
        return
    raise UsageError(
        f"{target} exists and is not a package of this manifest; nothing was changed",
        hint="choose another folder with -o/--output, remove it, or replace it with --force",
    )


def _planned(planned: Plan, lock: Lock) -> BuildReport:
    steps = (
        f"environment: Python {planned.environment.python}, "
        f"{len(planned.environment.packages)} packages",
        f"code: {len(planned.code)} files",
        f"artifacts: {', '.join(planned.artifacts) or 'none'}",
        f"save as {planned.variant.serialization}, then one forward pass",
        f"package: {planned.target}",
    )
    recorded = lock.outputs.get(planned.variant.variant or "")
    current = recorded is not None and _is_current(planned, recorded)
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="unchanged" if current else "planned",
        digest=recorded.package if current and recorded else "",
        steps=steps,
    )
