"""What is done with a model's dependencies: see who asks for what, and what is newer."""

from __future__ import annotations

from collections.abc import Sequence

from mlpack.api.outside import outside_world
from mlpack.api.projects import Given, load_manifest
from mlpack.manifest.model import Manifest
from mlpack.ports import Narrator
from mlpack.ports.dependency_reports import OutdatedReport, TreeReport


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

    return tell(
        _read(manifest),
        outside_world(narrator, offline=offline),
        variants=variants,
        packages=packages,
        invert=invert,
        depth=depth,
        offline=offline,
    )


def outdated(
    manifest: Given,
    *,
    variants: Sequence[str] = (),
    offline: bool = False,
    narrator: Narrator | None = None,
) -> tuple[OutdatedReport, ...]:
    """Return which pins have newer releases, for each locked environment of a manifest."""
    from mlpack.workflow.outdated import outdated as tell

    outside = outside_world(narrator, offline=offline)
    return tell(_read(manifest), outside, variants=variants, offline=offline)


def _read(given: Given) -> Manifest:
    # Of no use here: files that are still to be made, and signatures to be found.
    if isinstance(given, Manifest):
        return given
    return load_manifest(given, signature_required=False, files_required=False)
