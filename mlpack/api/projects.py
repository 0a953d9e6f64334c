"""What is done with a project: read its manifest, lock it, build it, run commands in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from mlpack.api.given import is_one, one_or_many
from mlpack.api.outside import outside_world
from mlpack.core.errors import Problem
from mlpack.manifest.locate import find
from mlpack.manifest.model import Manifest
from mlpack.manifest.reading import check, read
from mlpack.ports import Narrator, UpgradeScope
from mlpack.ports.packages import PackagesReport, WheelsReport
from mlpack.ports.report import BuildReport, FetchReport, ListedModel, LockReport, SignatureReport
from mlpack.storage.cache import cache_root
from mlpack.workflow.options import BuildOptions, FetchOptions, refuse_text

Given = Manifest | str | Path
"""A manifest that has been read, or the path of one."""
Kind = Literal["artifacts", "packages"]
"""What can be fetched."""
Fetched = FetchReport | PackagesReport | WheelsReport
"""What was fetched: an artifact, an environment's packages, or their files in a folder."""


def load_manifest(
    path: str | Path | None = None,
    *,
    display: str | None = None,
    signature_required: bool = True,
    files_required: bool = True,
) -> Manifest:
    """Read and check a manifest; without ``path`` it is searched upward from the working folder.

    ``display`` is how findings name the file; a signature and files that are not there yet
    can be allowed. Raises ``ManifestError`` with every problem.
    """
    found = find(Path.cwd()) if path is None else Path(path)
    return read(
        found.absolute(),
        display=display or (None if path is None else str(path)),
        signature_required=signature_required,
        files_required=files_required,
    )


def validate(manifests: str | Path | Sequence[str | Path] | None = None) -> tuple[Problem, ...]:
    """Return what is wrong with manifests: errors and warnings, in file order; empty if nothing.

    Without a path it is the nearest one. No user code runs, and nothing is raised but
    ``UsageError`` and ``OutsideError`` for a file that cannot be read.
    """
    given = find(Path.cwd()) if manifests is None else manifests
    paths = [given] if isinstance(given, (str, Path)) else given
    return tuple(found for path in paths for found in check(Path(path), display=str(path)))


def list_models(
    manifests: Given | Sequence[Given],
    *,
    published: bool = False,
    narrator: Narrator | None = None,
) -> tuple[ListedModel, ...]:
    """Return every model that manifests describe, with the digest that its lock records.

    ``published`` asks each target of `publish` what it has of them.
    """
    from mlpack.workflow.list import listed, with_published

    read = [_read(each) for each in _each(manifests)]
    models = listed(read)
    return with_published(models, read, outside_world(narrator)) if published else models


@one_or_many
def update_lock(
    manifest: Given,
    *,
    upgrade: Literal["all"] | Collection[str] = (),
    upgrade_artifacts: Collection[str] = (),
    offline: bool = False,
    dry_run: bool = False,
    narrator: Narrator | None = None,
) -> LockReport:
    """Bring the lock up to date and write it; ``upgrade`` names packages that may move.

    A name may have a version behind it, ``numpy==2.1.0``. ``upgrade_artifacts`` names remote
    artifacts, and made ones, whose content may move. A ``dry_run`` only says what would move.
    """
    update = lock_updater(
        upgrade=upgrade,
        upgrade_artifacts=upgrade_artifacts,
        offline=offline,
        dry_run=dry_run,
        narrator=narrator,
    )
    return update(manifest)


def lock_updater(
    *,
    upgrade: Literal["all"] | Collection[str] = (),
    upgrade_artifacts: Collection[str] = (),
    offline: bool = False,
    dry_run: bool = False,
    anywhere: bool = False,
    narrator: Narrator | None = None,
) -> Callable[[Given], LockReport]:
    """Return what updates one lock after the other; equal requests share one resolution.

    The arguments are those of ``update_lock``; ``anywhere`` lets a package to upgrade be in some
    of the locks alone.
    """
    from mlpack.workflow.relock import relock

    if upgrade != "all":
        refuse_text("upgrade", upgrade)
    refuse_text("upgrade_artifacts", upgrade_artifacts)
    outside = outside_world(narrator, offline=offline)
    scope: UpgradeScope = "all" if upgrade == "all" else frozenset(upgrade)
    return lambda manifest: relock(
        _read(manifest),
        outside,
        upgrade=scope,
        upgrade_artifacts=upgrade_artifacts,
        offline=offline,
        dry_run=dry_run,
        anywhere=anywhere,
    )


@one_or_many
def check_lock(manifest: Given) -> LockReport:
    """Check offline that the lock fits; nothing is written. Raises ``StaleLockError``."""
    from mlpack.storage.digests import DigestMemory
    from mlpack.workflow.relock import checked

    memory = DigestMemory(cache_root())
    return checked(_read(manifest), memory.contents)


def build(
    manifest: Given | Sequence[Given],
    options: BuildOptions | None = None,
    *,
    narrator: Narrator | None = None,
) -> tuple[BuildReport, ...]:
    """Build the variants of manifests into MLflow model folders, each proven by a forward pass.

    One that fails does not stop the others; then the first failure is raised, and its ``reports``
    tell of all.
    """
    from mlpack.workflow.build import build as tell
    from mlpack.workflow.build import raise_failures

    chosen = _absolute(options or BuildOptions())
    outside = outside_world(narrator, paranoid=chosen.paranoid, offline=chosen.offline)
    reports = tell([_read(each) for each in _each(manifest)], chosen, outside)
    raise_failures(reports)
    return reports


def fetch(
    manifest: Given | Sequence[Given],
    *,
    variants: Sequence[str] = (),
    platforms: Sequence[str] = (),
    only: Kind | None = None,
    to: str | Path | None = None,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> tuple[Fetched, ...]:
    """Bring packages, and artifacts that are remote or made by a command, here, checked.

    A missing or stale lock is brought up to date first. ``variants`` empty means all;
    ``platforms`` empty means those of the manifest, else this machine's. ``to`` is a folder that
    gets the packages' files, from which pip and uv install without an index; nothing else is
    fetched then.
    """
    fetch_one = fetcher(
        variants=variants,
        platforms=platforms,
        only=only,
        to=to,
        offline=offline,
        narrator=narrator,
    )
    return tuple(report for each in _each(manifest) for report in fetch_one(each))


def fetcher(
    *,
    variants: Sequence[str] = (),
    platforms: Sequence[str] = (),
    only: Kind | None = None,
    to: str | Path | None = None,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> Callable[[Given], tuple[Fetched, ...]]:
    """Return what fetches for one manifest after the other; equal environments are fetched once.

    The arguments are those of ``fetch``.
    """
    from mlpack.workflow.build import chosen_variants
    from mlpack.workflow.fetch import fetch as tell

    refuse_text("variants", variants)
    refuse_text("platforms", platforms)
    outside = outside_world(narrator, offline=offline)
    options = FetchOptions(
        only=only,
        platforms=tuple(platforms),
        to=None if to is None else Path(to).absolute(),
        offline=offline,
    )

    def fetch_one(given: Given) -> tuple[Fetched, ...]:
        manifest = _read(given)
        return tell(manifest, chosen_variants(manifest, variants), outside, options)

    return fetch_one


def run(
    manifest: Given,
    argv: Sequence[str],
    *,
    variant: str | None = None,
    offline: bool = False,
    workdir: Path | None = None,
    narrator: Narrator | None = None,
) -> int:
    """Run a command in the locked environment; return its exit status."""
    from mlpack.workflow.run import run as tell

    refuse_text("argv", argv)
    outside = outside_world(narrator)
    taken = _read(manifest, signature_required=False, files_required=False)
    return tell(taken, argv, variant, workdir or Path.cwd(), outside, offline=offline)


@one_or_many
def signature(
    manifest: Given,
    *,
    variant: str | None = None,
    write: bool = False,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> SignatureReport:
    """Find the signature by running the example; ``write`` completes the manifest's by it.

    What the manifest declares stays as it is.
    """
    from mlpack.workflow.build import chosen_variants
    from mlpack.workflow.signature import infer_signature

    manifest = _read(manifest, signature_required=False)
    chosen = chosen_variants(manifest, [variant] if variant else [])[0]
    outside = outside_world(narrator, offline=offline)
    report = infer_signature(manifest, chosen, outside, offline=offline)
    return write_signature(report) if write else report


def write_signature(report: SignatureReport) -> SignatureReport:
    """Write what ``signature`` found into the manifest, if anything is missing there."""
    from mlpack.storage.atomic import write_whole

    if report.text is None:
        return report
    write_whole(report.manifest, report.text.encode())
    return replace(report, written=report.manifest)


def _each(given: Given | Sequence[Given]) -> Sequence[Given]:
    return [given] if is_one(given) else given  # type: ignore[return-value, list-item]


def _read(
    given: Given, *, signature_required: bool = True, files_required: bool = True
) -> Manifest:
    if isinstance(given, Manifest):
        return given
    return load_manifest(
        given, signature_required=signature_required, files_required=files_required
    )


def _absolute(options: BuildOptions) -> BuildOptions:
    # The work is done in other folders than the caller's.
    return replace(
        options,
        output=options.output and options.output.absolute(),
        payload=options.payload and options.payload.absolute(),
    )
