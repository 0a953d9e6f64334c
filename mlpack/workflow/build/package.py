"""The story of one package: save, check, prove, place, record, as far as each is due."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlpack.core.digest import TreeDigest, tree_digest
from mlpack.core.errors import IntegrityError, MlpackError, UsageError
from mlpack.lock.model import Output, abbreviated
from mlpack.lock.text import read_lock
from mlpack.package.placing import place_package
from mlpack.package.reading import read_package
from mlpack.package.record import SUFFIX
from mlpack.ports import Environment
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.ports.report import BuildReport
from mlpack.storage.file_locks import exclusive
from mlpack.storage.staging import staging, sweep
from mlpack.workflow import lock as locking
from mlpack.workflow.build import due
from mlpack.workflow.build.plan import Work
from mlpack.workflow.build.prove import in_project, prove
from mlpack.workflow.build.record import (
    build_record,
    has_its_record,
    revision_paths,
    write_record,
)
from mlpack.workflow.build.reproduce import check_recorded, not_reproduced
from mlpack.workflow.build.save import check_made, is_ours, save_package
from mlpack.workflow.options import BuildOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Packager:
    """Builds packages as the options say; several threads may use it."""

    options: BuildOptions
    outside: Outside

    def current(self, work: Work) -> BuildReport | None:
        """Return the report of a package that needs nothing, or ``None``."""
        started, planned, recorded = self.outside.clock(), work.planned, work.recorded
        if self.options.locked:
            check_recorded(planned, recorded)
        if recorded is None or not self.options.may_reuse or recorded.inputs != planned.inputs:
            return None
        tree = _intact(planned.target, recorded, self.outside)
        if tree is None or not has_its_record(planned.target, tree):
            return None
        sweep(planned.target, self._locks, waiting=self.outside.narrator.note)
        return BuildReport(
            package=planned.target,
            variant=planned.variant.variant,
            status="unchanged",
            digest=tree.digest,
            size=tree.size,
            seconds=self.outside.clock() - started,
            warnings=work.warnings,
            steps=("nothing changed since the last build",),
            watched=frozenset(due.watched(work)),
        )

    def build(self, work: Work, environment: Environment) -> BuildReport:
        """Save, prove, place and record, leaving out what is not due. Raises ``MlpackError``."""
        started, planned, outside = self.outside.clock(), work.planned, self.outside
        kept = self._kept(work)
        why = self._why_save(planned, kept)
        with staging(planned.target, self._locks, waiting=outside.narrator.note) as folder:
            if kept is None:
                package, warnings = save_package(planned, environment, folder, outside)
                tree = self._checked(work, package)
            else:
                package, warnings, tree = planned.target, (), kept
            workdir = folder / "work"
            proof = prove(work, environment, package, tree.digest, workdir, self.options, outside)
            self._place(work, package, tree)
        self._record(work, tree.digest)
        heard = warnings + (proof.prediction.warnings if proof.prediction else ())
        return BuildReport(
            package=planned.target,
            variant=planned.variant.variant,
            status="built" if kept is None else "proven",
            digest=tree.digest,
            size=tree.size,
            seconds=outside.clock() - started,
            prediction=proof.prediction,
            warnings=work.warnings + in_project(heard, planned),
            steps=(
                f"lock: {', '.join(work.moved) or 'up to date'}",
                f"environment: {'created' if environment.made else 'reused'}",
                f"save: {why}",
                f"forward pass: {proof.why}",
            ),
        )

    @property
    def _locks(self) -> Path:
        return self.outside.cache / "locks"

    def _kept(self, work: Work) -> TreeDigest | None:
        """Return the package in place where it is whole and only its proof is out of date."""
        if work.recorded is None or not self.options.may_reuse or self.options.locked:
            return None
        tree = _intact(work.planned.target, work.recorded, self.outside)
        if tree is None or _model_id(work.planned.target) != work.planned.model_id:
            return None
        return tree

    def _why_save(self, planned: Plan, kept: TreeDigest | None) -> str:
        if kept is not None:
            return "not needed, the package is intact"
        _refuse_foreign(planned, self.options)
        if self.options.force:
            return "requested by --force"
        return due.reasons_to_save(self.outside.cache, planned)

    def _checked(self, work: Work, package: Path) -> TreeDigest:
        """Return the files of a package just made, which must be those planned and recorded."""
        tree = tree_digest(package, self.outside.memory.contents)
        check_made(work.planned, work.lock.variants[work.name], tree)
        if self.options.locked and work.recorded and tree.digest != work.recorded.package:
            raise not_reproduced(work.planned, package, work.recorded)
        return tree

    def _place(self, work: Work, package: Path, tree: TreeDigest) -> None:
        target = work.planned.target
        record = None
        # Of the active environment nothing is known that a record could state.
        if self.options.environment == "locked":
            paths = revision_paths(work.planned, work.manifest)
            revision = self.outside.revision(work.manifest.root, paths)
            record = build_record(work.planned, work.lock, work.manifest, tree, revision)
        if package != target:
            evidence = {} if record is None else {SUFFIX: record}
            place_package(package, target, evidence, self.outside.store)
        elif record is not None:
            write_record(target, record)

    def _record(self, work: Work, digest: str) -> None:
        """Write into the lock what was built, and beside the cache what it was built from."""
        path = work.manifest.lock_path
        if self.options.recorded:
            # Builds of other variants may have recorded theirs meanwhile.
            with exclusive(path, self._locks):
                lock = read_lock(path)
                parts = abbreviated(work.planned.parts)
                made = Output(inputs=work.planned.inputs, package=digest, parts=parts)
                locking.write(locking.with_output(lock, work.name, made), path)
        if self.options.environment == "locked":
            due.remember_pieces(self.outside.cache, work.planned)


def _intact(target: Path, recorded: Output, outside: Outside) -> TreeDigest | None:
    """Return the files of the package in place, if they are the recorded ones."""
    if not target.is_dir():
        return None
    try:
        tree = tree_digest(target, outside.memory.contents)
    except IntegrityError:
        return None
    return tree if tree.digest == recorded.package else None


def _model_id(target: Path) -> str | None:
    """Return the id that a package holds: it says what the package was made from."""
    try:
        return str(read_package(target).mlmodel.get("model_uuid"))
    except MlpackError:
        return None


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
