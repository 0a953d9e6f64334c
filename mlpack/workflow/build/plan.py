"""Which packages a build makes: what the lock says, what will be done, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from mlpack.core.counting import counted
from mlpack.core.errors import Problem, UsageError
from mlpack.lock.model import Lock, Output
from mlpack.lock.text import read_lock
from mlpack.manifest.model import AdoptedModel, Manifest, Variant
from mlpack.manifest.schema import closest
from mlpack.ports import Environment, Isolation, Meanwhile
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan, plan
from mlpack.ports.report import BuildReport
from mlpack.storage.trees import taking
from mlpack.workflow import fetch
from mlpack.workflow import lock as locking
from mlpack.workflow.environment import environment_of, ready_environment
from mlpack.workflow.options import BuildOptions
from mlpack.workflow.places import way_out
from mlpack.workflow.yanked import yanked_pins


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One package to build; ``moved`` says why the lock was written, if it was."""

    manifest: Manifest
    lock: Lock
    moved: tuple[str, ...]
    planned: Plan
    files: tuple[PurePosixPath, ...] = ()
    """The project files that its requirements were read from."""
    warnings: tuple[Problem, ...] = ()
    """What a resolution that was due said of its pins."""
    seconds: float = 0.0
    """What its lock and its environment took."""

    @property
    def name(self) -> str:
        """The name of the variant in the lock, empty for the unnamed one."""
        return self.planned.variant.variant or ""

    @property
    def recorded(self) -> Output | None:
        """What the lock records of an earlier build."""
        return self.lock.outputs.get(self.name)


def prepared(manifest: Manifest, options: BuildOptions, outside: Outside) -> tuple[Work, ...]:
    """Bring the lock up to date, or hold it to the manifest, and plan the chosen variants."""
    chosen = chosen_variants(manifest, options.variants)
    asked = _asked(manifest, options, outside)
    lock, moved = _lock(asked, options, outside)
    warnings = yanked_pins(asked, lock)
    build_time = lock.build_time if outside.build_time is None else outside.build_time
    return tuple(
        Work(
            manifest=manifest,
            lock=lock,
            moved=moved,
            planned=plan(
                item,
                lock,
                output=options.output,
                build_time=build_time,
                contents=outside.memory.contents,
            ),
            files=asked.requests[item.variant or ""].files,
            warnings=warnings,
        )
        for item in chosen
    )


def chosen_variants(manifest: Manifest, names: Sequence[str]) -> tuple[Variant, ...]:
    """Return the variants of these names, or all; raises ``UsageError`` for an unknown one."""
    known = [item.variant for item in manifest.variants if item.variant is not None]
    for name in names:
        if name not in known:
            near = closest(name, known)
            hint = (
                f"did you mean {near!r}?"
                if near
                else f"choose one of: {', '.join(known) or 'none'}"
            )
            raise UsageError(f"{manifest.path.name} has no variant {name!r}", hint=hint)
    return tuple(item for item in manifest.variants if not names or item.variant in names)


def environment_for(
    work: Work, options: BuildOptions, outside: Outside, meanwhile: Meanwhile
) -> Environment:
    """Return the environment to build in, made or found."""
    if options.environment == "current":
        return outside.current_environment()
    locked = work.planned.environment
    return ready_environment(
        environment_of(work.planned.variant, locked),
        counted(len(locked.packages), "package"),
        outside,
        offline=options.offline,
        meanwhile=meanwhile,
    )


def _asked(manifest: Manifest, options: BuildOptions, outside: Outside) -> locking.Asked:
    """Return what the manifest asks; what no lock pins yet is fetched, where a lock may move."""
    if options.dry_run:
        return fetch.pinned(manifest, outside.memory.contents)
    contents = taking(outside.store, options.output or manifest.root)
    if options.locked:
        return fetch.pinned(manifest, contents)
    return fetch.asked_of(manifest, outside, offline=options.offline, contents=contents)


def _lock(
    asked: locking.Asked, options: BuildOptions, outside: Outside
) -> tuple[Lock, tuple[str, ...]]:
    manifest = asked.manifest
    if options.locked:
        return _locked(asked), ()
    lock, reasons = locking.updated_lock(
        asked, outside.resolver, outside.narrator, offline=options.offline
    )
    # In the current environment, or in a dry run, nothing is recorded.
    if options.environment == "locked" and not options.dry_run and reasons:
        locking.write(lock, manifest.lock_path)
        outside.narrator.note(locking.written_note(manifest.lock_path, reasons))
    return lock, reasons


def _locked(asked: locking.Asked) -> Lock:
    # A lock alone would be refused again: it records no output of what is asked now.
    with way_out(asked.manifest, "build", " without --locked"):
        locking.check_content(asked, read_lock(asked.manifest.lock_path))
        return locking.checked_lock(asked)


def planned_report(work: Work, current: BuildReport | None) -> BuildReport:
    """Return the report of a package that is not built now; ``current`` if it needs nothing."""
    if current is not None:
        return current
    planned = work.planned
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="planned",
        warnings=work.warnings,
        steps=(
            f"lock: {', '.join(work.moved) or 'up to date'}",
            f"environment: Python {planned.environment.python}, "
            f"{counted(len(planned.environment.packages), 'package')}",
            f"code: {counted(len(planned.code), 'file')}",
            f"artifacts: {', '.join(planned.places) or 'none'}",
            f"{_saving(planned.variant)}, then one forward pass",
            f"package: {planned.target}",
        ),
    )


def _saving(variant: Variant) -> str:
    if isinstance(variant.model, AdoptedModel):
        return f"adopt {variant.model.reference}"
    return f"save as {variant.serialization}"


def isolation_of(planned: Plan) -> Isolation:
    """Return what the manifest lets user code see, for how long it may run, and its time."""
    verify = planned.variant.verify
    return Isolation(
        timeout=verify.timeout,
        env=verify.env,
        pass_env=verify.pass_env,
        build_time=planned.build_time,
    )
