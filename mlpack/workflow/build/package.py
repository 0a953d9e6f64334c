"""The story of one package: find out what it needs, save, prove, place, record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mlpack.adapters.git import git_revision
from mlpack.core.digest import TreeDigest, tree_digest
from mlpack.core.errors import IntegrityError, MlpackError, Problem, UsageError
from mlpack.lock.model import Output
from mlpack.lock.text import read_lock
from mlpack.package.reading import read_package
from mlpack.ports import Environment, Prediction
from mlpack.ports.outside import Outside
from mlpack.ports.plan import Plan
from mlpack.ports.report import BuildReport
from mlpack.storage.locks import exclusive
from mlpack.storage.staging import staging, sweep
from mlpack.workflow import lock as locking
from mlpack.workflow.build import due
from mlpack.workflow.build.due import watched
from mlpack.workflow.build.plan import Work
from mlpack.workflow.build.prove import in_project
from mlpack.workflow.build.record import (
    build_record,
    has_its_record,
    place_with_record,
    revision_paths,
    write_record,
)
from mlpack.workflow.build.reproduce import check_recorded, not_reproduced
from mlpack.workflow.build.save import check_made, example_workdir, is_ours, prove_package, save
from mlpack.workflow.options import BuildOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    tree: TreeDigest
    prediction: Prediction | None
    saved: str
    """Why the package was saved, or why not."""
    proven: str
    """Why the forward pass ran, or why not."""
    warnings: tuple[Problem, ...] = ()
    """What saving warned of."""

    @property
    def heard(self) -> tuple[Problem, ...]:
        """What saving and predicting warned of."""
        return self.warnings + (self.prediction.warnings if self.prediction else ())


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
        if recorded is None or not self._may_stay or recorded.inputs != planned.inputs:
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
            steps=("nothing moved since the last build",),
            watched=frozenset(watched(work)),
        )

    def build(self, work: Work, environment: Environment) -> BuildReport:
        """Do what the package needs. Raises ``MlpackError``."""
        started, planned = self.outside.clock(), work.planned
        kept = self._kept(work)
        if kept is not None:
            done = self._prove_again(work, environment, kept)
        else:
            _refuse_foreign(planned, self.options)
            done = self._make(work, environment)
        if self.options.recorded:
            self._record(work, done.tree.digest)
        if self.options.environment == "locked":
            due.remember_pieces(self.outside.cache, planned)
        return BuildReport(
            package=planned.target,
            variant=planned.variant.variant,
            status="built" if kept is None else "proven",
            digest=done.tree.digest,
            size=done.tree.size,
            seconds=self.outside.clock() - started,
            prediction=done.prediction,
            warnings=in_project(done.heard, planned),
            steps=(
                f"lock: {', '.join(work.moved) or 'it fits'}",
                f"environment: {'made' if environment.made else 'kept from before'}",
                f"save: {done.saved}",
                f"forward pass: {done.proven}",
            ),
        )

    @property
    def _may_stay(self) -> bool:
        options = self.options
        return not (options.force or options.payload or options.environment == "current")

    @property
    def _locks(self) -> Path:
        return self.outside.cache / "locks"

    def _kept(self, work: Work) -> TreeDigest | None:
        """Return the package in place where it is whole and only its proof is out of date."""
        if work.recorded is None or not self._may_stay or self.options.locked:
            return None
        tree = _intact(work.planned.target, work.recorded, self.outside)
        if tree is None or _model_id(work.planned.target) != work.planned.model_id:
            return None
        return tree

    def _make(self, work: Work, environment: Environment) -> _Done:
        planned, narrator = work.planned, self.outside.narrator
        forced = "it is asked for by --force"
        why = forced if self.options.force else due.reasons_to_save(self.outside.cache, planned)
        with staging(planned.target, self._locks, waiting=narrator.note) as folder:
            package, warnings = save(planned, environment, folder, self.outside)
            tree = tree_digest(package, self.outside.memory.contents)
            check_made(planned, work.lock.variants[work.name], tree)
            if self.options.locked and work.recorded and tree.digest != work.recorded.package:
                raise not_reproduced(planned, package, work.recorded)
            prediction, proven = self._proof(work, environment, package, tree, folder)
            record = self._record_text(work, tree)
            place_with_record(package, planned.target, record, self.outside.store)
        return _Done(tree=tree, prediction=prediction, saved=why, proven=proven, warnings=warnings)

    def _prove_again(self, work: Work, environment: Environment, tree: TreeDigest) -> _Done:
        """Run the forward pass of a package that lies in place already."""
        target = work.planned.target
        with staging(target, self._locks, waiting=self.outside.narrator.note) as folder:
            prediction, proven = self._proof(work, environment, target, tree, folder)
            record = self._record_text(work, tree)
            if record is not None:
                write_record(target, record)
        saved = "not needed, the package holds what it should"
        return _Done(tree=tree, prediction=prediction, saved=saved, proven=proven)

    def _proof(
        self, work: Work, environment: Environment, package: Path, tree: TreeDigest, folder: Path
    ) -> tuple[Prediction | None, str]:
        """Run the forward pass, unless these very bytes have passed it; say why."""
        if self.options.skip_inference:
            return None, "left out, as asked"
        planned, cache = work.planned, self.outside.cache
        key = due.proof_key(tree.digest, planned, environment)
        known = due.remembered_proof(cache, key) if self._may_stay else None
        if known is not None:
            return known, "not needed, these very bytes have passed it before"
        workdir = example_workdir(planned.variant, folder / "work")
        prediction = prove_package(
            planned, package, environment, workdir, self.options, self.outside
        )
        if self._may_stay:
            due.remember_proof(cache, key, prediction)
        return prediction, "these bytes have not passed it before"

    def _record_text(self, work: Work, tree: TreeDigest) -> bytes | None:
        # Of the active environment nothing is known that a record could state.
        if self.options.environment == "current":
            return None
        paths = revision_paths(work.planned, work.manifest)
        revision = git_revision(work.manifest.root, paths)
        return build_record(work.planned, work.lock, work.manifest, tree, revision)

    def _record(self, work: Work, digest: str) -> None:
        path = work.manifest.lock_path
        # Builds of other variants may have recorded theirs meanwhile.
        with exclusive(path, self._locks):
            lock = read_lock(path)
            made = Output(inputs=work.planned.inputs, package=digest, parts=work.planned.parts)
            locking.write(locking.with_output(lock, work.name, made), path)


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
