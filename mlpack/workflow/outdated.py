"""The story of `mlpack outdated`: which pins have newer releases."""

from __future__ import annotations

from collections.abc import Sequence

from mlpack.manifest.model import Manifest
from mlpack.ports import NewerReleases
from mlpack.ports.dependency_reports import OutdatedReport
from mlpack.ports.outside import Outside
from mlpack.workflow.build import chosen_variants
from mlpack.workflow.locked import resolutions


def outdated(
    manifest: Manifest, outside: Outside, *, variants: Sequence[str] = (), offline: bool = False
) -> tuple[OutdatedReport, ...]:
    """Return what is newer than the pins of each locked environment; nothing is written."""
    reports = []
    for each in resolutions(manifest, chosen_variants(manifest, variants)):
        outside.narrator.step(f"Looking for newer releases for {each.name}")
        found = outside.resolver.releases(each.request, each.locked, offline=offline)
        outside.narrator.done(f"Looked for newer releases of {len(found)} packages")
        reports.append(
            OutdatedReport(
                lock=manifest.lock_path,
                environment=each.name,
                variants=each.variants,
                python=each.locked.python,
                packages=len(found),
                outdated=tuple(release for release in found if _is_behind(release)),
            )
        )
    return tuple(reports)


def _is_behind(release: NewerReleases) -> bool:
    """Tell whether an upgrade would move the pin, or there is a version above it."""
    from packaging.version import InvalidVersion, Version

    if release.compatible != release.locked:
        return True
    try:
        pinned = max(Version(each) for each in release.locked.split(", "))
    except InvalidVersion:
        # A commit: git is not asked for newer ones.
        return False
    return release.latest is not None and Version(release.latest) > pinned
