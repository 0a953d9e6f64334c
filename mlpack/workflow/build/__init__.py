"""The story of a build: read, lock, plan, environment, save, prove, place, record.

The manifests have been read. ``plan`` brings each lock up to date and says what is to be done, one
``Work`` a package. Works that ask for the same environment share it, and are built side by side:
``package`` saves one (``save``, ``artifacts``), runs its forward pass (``prove``), and places and
records it (``record``), each as far as ``due`` finds it due. ``reproduce`` tells the two other
endings, ``--locked`` and ``--check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace

from mlpack.core.errors import MlpackError, outside_error
from mlpack.core.process import processors
from mlpack.manifest.model import Manifest
from mlpack.ports import Environment, EnvironmentRequest
from mlpack.ports.outside import Outside
from mlpack.ports.report import BuildReport
from mlpack.workflow.build.package import Packager
from mlpack.workflow.build.plan import (
    Work,
    chosen_variants,
    environment_for,
    isolation_of,
    planned_report,
    prepared,
)
from mlpack.workflow.build.prove import error_in_project, example_workdir, found_in_project
from mlpack.workflow.build.reproduce import check
from mlpack.workflow.build.save import save_package
from mlpack.workflow.environment import environment_of, shared_imports
from mlpack.workflow.options import BuildOptions
from mlpack.workflow.places import variant_span

__all__ = [
    "build",
    "chosen_variants",
    "example_workdir",
    "found_in_project",
    "isolation_of",
    "raise_failures",
    "save_package",
]


def build(
    manifests: Sequence[Manifest], options: BuildOptions, outside: Outside
) -> tuple[BuildReport, ...]:
    """Build the chosen variants of each manifest; the reports keep the manifests' order.

    What fails becomes a report of status ``failed``, and does not stop the others, unless the
    options say so: then the first ``MlpackError`` is raised.
    """
    story = _Build(options, outside)
    try:
        found = [each for manifest in manifests for each in story.planned(manifest)]
        due = {place: each for place, each in enumerate(found) if isinstance(each, Work)}
        built = story.built(due, story.environments(due))
    finally:
        # Interrupted or not: no model outlives its build.
        outside.models.close()
    return tuple(
        each if isinstance(each, BuildReport) else built[place] for place, each in enumerate(found)
    )


class _Build:
    def __init__(self, options: BuildOptions, outside: Outside) -> None:
        self._options = options
        self._outside = outside
        self._packager = Packager(options=options, outside=outside)
        self._due = 0

    def planned(self, manifest: Manifest) -> Iterable[BuildReport | Work]:
        """Return a manifest's work, with a report in place of what needs nothing more."""
        began = self._outside.clock()
        try:
            works = prepared(manifest, self._options, self._outside)
        except MlpackError as error:
            self._outside.narrator.failed()
            return [self._failed(error, manifest)]
        works = tuple(replace(work, seconds=self._outside.clock() - began) for work in works)
        if self._options.dry_run:
            planned = [planned_report(work, self._current(work)) for work in works]
            return [_placed(report, work) for report, work in zip(planned, works, strict=True)]
        return [self._current(work) or work for work in works]

    def _current(self, work: Work) -> BuildReport | None:
        if self._options.check:
            return None
        try:
            report = self._packager.current(work)
        except MlpackError as error:
            return self._failed(error, work.manifest, work)
        return report and _placed(report, work)

    def built(
        self, due: Mapping[int, Work], environments: Mapping[int, Environment | MlpackError]
    ) -> dict[int, BuildReport]:
        """Build what is due, each in its environment, several at a time; one report each."""
        counted = enumerate(due.items(), start=1)
        if self._jobs() < 2:
            return {
                place: self._one(work, environments[place], number)
                for number, (place, work) in counted
            }
        with ThreadPoolExecutor(self._jobs()) as pool:
            futures = {
                place: pool.submit(self._one, work, environments[place], number)
                for number, (place, work) in counted
            }
            self._wait(pool, futures.values())
            return {place: future.result() for place, future in futures.items()}

    def _wait(self, pool: ThreadPoolExecutor, futures: Iterable[Future[BuildReport]]) -> None:
        try:
            done, _ = wait(list(futures), return_when=FIRST_EXCEPTION)
            for future in done:
                future.result()
        except BaseException:
            # Those at work end with their models; those that wait never begin.
            pool.shutdown(wait=False, cancel_futures=True)
            self._outside.models.close()
            raise

    def environments(self, due: dict[int, Work]) -> dict[int, Environment | MlpackError]:
        """Return the environment of each work, one for all that share it, warming up.

        What it took is added to the works: it is a part of each one's time.
        """
        self._due = len(due)
        sharing: dict[EnvironmentRequest, dict[int, Work]] = {}
        for place, work in due.items():
            request = environment_of(work.planned.variant, work.planned.environment)
            sharing.setdefault(request, {})[place] = work
        found = {}
        for works in sharing.values():
            began = self._outside.clock()
            environment = self._environment([*works.values()])
            found.update(dict.fromkeys(works, environment))
            taken = self._outside.clock() - began
            for place, work in works.items():
                due[place] = replace(work, seconds=work.seconds + taken)
        return found

    def _environment(self, works: Sequence[Work]) -> Environment | MlpackError:
        """Return the environment that these works share, warming up."""

        @contextmanager
        def warming(environment: Environment) -> Iterator[None]:
            self._warm(environment, works)
            try:
                yield
            except BaseException:
                self._outside.models.cool(environment)
                raise

        try:
            environment = environment_for(works[0], self._options, self._outside, warming)
        except MlpackError as error:
            self._outside.narrator.failed()
            return error
        if not environment.made:
            self._warm(environment, works)
        return environment

    def _warm(self, environment: Environment, works: Sequence[Work]) -> None:
        if self._options.check:
            return
        imports = shared_imports(work.planned for work in works)
        for work in works:
            self._outside.models.warm(environment, isolation_of(work.planned), imports)

    def _one(self, work: Work, environment: Environment | MlpackError, number: int) -> BuildReport:
        outside = self._speaking_of(work, number)
        try:
            if isinstance(environment, MlpackError):
                raise environment
            if self._options.check:
                return _placed(check(work.planned, environment, outside), work)
            report = replace(self._packager, outside=outside).build(work, environment)
            return _placed(report, work)
        except MlpackError as error:
            outside.narrator.failed()
            return self._failed(error, work.manifest, work)
        except OSError as error:
            # A full disk may show anywhere.
            refused = outside_error(error)
            if refused is None:
                raise
            outside.narrator.failed()
            return self._failed(refused, work.manifest, work)

    def _speaking_of(self, work: Work, number: int) -> Outside:
        if self._due < 2:
            return self._outside
        name = f"({number}/{self._due}) {work.planned.variant.package_name}"
        return replace(self._outside, narrator=self._outside.narrator.named(name))

    def _jobs(self) -> int:
        if self._options.check:
            # A check changes what the whole process has one of, such as the umask.
            return 1
        return min(self._options.jobs or processors(), self._due)

    def _failed(
        self, error: MlpackError, manifest: Manifest, work: Work | None = None
    ) -> BuildReport:
        if work is not None:
            error = error_in_project(error, work.planned)
        if self._options.fail_fast:
            raise error
        return BuildReport(
            package=work.planned.target if work else manifest.path,
            variant=work.planned.variant.variant if work else None,
            status="failed",
            error=error,
            place=variant_span(work.planned.variant if work else manifest.variants[0]),
        )


def _placed(report: BuildReport, work: Work) -> BuildReport:
    seconds = report.seconds + work.seconds
    return replace(report, place=variant_span(work.planned.variant), seconds=seconds)


def raise_failures(reports: Sequence[BuildReport]) -> None:
    """Raise the first failure among reports; its ``reports`` are all of them."""
    for report in reports:
        if report.error is not None:
            report.error.reports = tuple(reports)
            raise report.error
