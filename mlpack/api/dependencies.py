"""What is done with dependencies: see who asks for what, and what is newer; add and remove."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mlpack.api.given import one_or_many
from mlpack.api.outside import outside_world
from mlpack.api.projects import Given, load_manifest
from mlpack.core.errors import MlpackError
from mlpack.manifest.model import Manifest
from mlpack.ports import Narrator
from mlpack.ports.dependency_reports import EditReport, OutdatedReport, TreeReport
from mlpack.workflow.options import refuse_text


@one_or_many
def tree(
    manifest: Given,
    *,
    variants: Sequence[str] = (),
    packages: Sequence[str] = (),
    invert: bool = False,
    depth: int | None = None,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> tuple[TreeReport, ...]:
    """Return who asks for which package, for each locked environment of a manifest."""
    from mlpack.workflow.tree import tree as tell

    refuse_text("variants", variants)
    refuse_text("packages", packages)
    return tell(
        _read(manifest),
        outside_world(narrator, offline=offline),
        variants=variants,
        packages=packages,
        invert=invert,
        depth=depth,
        offline=offline,
    )


@one_or_many
def outdated(
    manifest: Given,
    *,
    variants: Sequence[str] = (),
    offline: bool = False,
    narrator: Narrator | None = None,
) -> tuple[OutdatedReport, ...]:
    """Return which pins have newer releases, for each locked environment of a manifest."""
    from mlpack.workflow.outdated import outdated as tell

    refuse_text("variants", variants)
    outside = outside_world(narrator, offline=offline)
    return tell(_read(manifest), outside, variants=variants, offline=offline)


def add(
    manifest: Given,
    requirements: Sequence[str],
    *,
    lock: bool = True,
    dry_run: bool = False,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> EditReport:
    """Add requirements to the manifest or the file that it names, then lock.

    One that is there gets the new version. Where locking fails, the files are what they were.
    """
    refuse_text("requirements", requirements)
    return _edit(manifest, narrator, add=requirements, lock=lock, dry_run=dry_run, offline=offline)


def remove(
    manifest: Given,
    packages: Sequence[str],
    *,
    lock: bool = True,
    dry_run: bool = False,
    offline: bool = False,
    narrator: Narrator | None = None,
) -> EditReport:
    """Remove requirements from the manifest and the files that it names, then lock."""
    refuse_text("packages", packages)
    return _edit(manifest, narrator, remove=packages, lock=lock, dry_run=dry_run, offline=offline)


def check_upgradable(manifests: Iterable[Path], wanted: Sequence[str]) -> None:
    """Raise ``UsageError`` for a package to upgrade that none of several manifests has."""
    from mlpack.workflow.relock import check_upgradable as check

    read = []
    for path in manifests:
        # Its mistakes are told when it is locked.
        with suppress(MlpackError):
            read.append(_read(path))
    check(read, wanted)


def _edit(given: Given, narrator: Narrator | None, **how: Any) -> EditReport:
    from mlpack.workflow.edit import edit

    if not isinstance(given, Manifest):
        # Without a lock nothing of the files is needed, and they may still be to come.
        given = load_manifest(given, signature_required=False, files_required=how["lock"])
    return edit(given, outside_world(narrator, offline=how["offline"]), **how)


def _read(given: Given) -> Manifest:
    # Of no use here: files that are still to be made, and signatures to be found.
    if isinstance(given, Manifest):
        return given
    return load_manifest(given, signature_required=False, files_required=False)
