"""The story of `mlpack tree`: who asks for which package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlpack.core.errors import UsageError
from mlpack.lock.changes import shown_version
from mlpack.manifest.model import Manifest
from mlpack.manifest.schema import closest
from mlpack.ports.dependency_reports import TreePackage, TreeReport
from mlpack.ports.outside import Outside
from mlpack.workflow.build import chosen_variants
from mlpack.workflow.locked import Resolution, resolutions


def tree(
    manifest: Manifest,
    outside: Outside,
    *,
    variants: Sequence[str] = (),
    packages: Sequence[str] = (),
    invert: bool = False,
    depth: int | None = None,
    offline: bool = False,
) -> tuple[TreeReport, ...]:
    """Return a tree for each locked environment of the variants, from ``packages`` on, if any.

    Raises ``UsageError`` for a package that none of them has.
    """
    from packaging.utils import canonicalize_name

    chosen = chosen_variants(manifest, variants)
    found = resolutions(manifest, chosen)
    roots = [canonicalize_name(name) for name in packages]
    _check_known(roots, found, manifest)
    reports = []
    for each in found:
        outside.narrator.step(f"Reading the metadata of {len(each.locked.packages)} packages")
        requirers = outside.resolver.requirers(each.request, each.locked, offline=offline)
        outside.narrator.done(f"Read the metadata of {len(each.locked.packages)} packages")
        start = tuple(dict.fromkeys(name for name in roots if name in requirers))
        report = TreeReport(
            manifest=manifest.path,
            model=f"{chosen[0].name} {chosen[0].version}",
            environment=each.name,
            variants=each.variants,
            python=each.locked.python,
            packages=_reached(_packages(each, requirers), start, invert, depth),
            roots=start,
            inverted=invert,
            depth=depth,
        )
        if not roots or report.roots:
            reports.append(report)
    return tuple(reports)


def _check_known(names: Sequence[str], found: Sequence[Resolution], manifest: Manifest) -> None:
    known = {package.name for each in found for package in each.locked.packages}
    for name in names:
        if name not in known:
            near = closest(name, known)
            raise UsageError(
                f"{manifest.lock_path.name} has no package {name}",
                hint=f"did you mean `{near}`?" if near else None,
            )


def _packages(each: Resolution, requirers: Mapping[str, frozenset[str]]) -> tuple[TreePackage, ...]:
    versions: dict[str, list[str]] = {}
    for package in each.locked.packages:
        versions.setdefault(package.name, []).append(shown_version(package))
    requires: dict[str, list[str]] = {name: [] for name in versions}
    for name in sorted(versions):
        for by in requirers.get(name, ()):
            if by:
                requires[by].append(name)
    return tuple(
        TreePackage(
            name=name,
            version=", ".join(dict.fromkeys(listed)),
            direct="" in requirers.get(name, ()),
            requires=tuple(requires[name]),
            required_by=tuple(sorted(requirers.get(name, frozenset()) - {""})),
        )
        for name, listed in sorted(versions.items())
    )


def _reached(
    packages: tuple[TreePackage, ...], roots: tuple[str, ...], invert: bool, depth: int | None
) -> tuple[TreePackage, ...]:
    """Return those that a tree of this depth has."""
    by_name = {each.name: each for each in packages}
    level = 0
    edge = set(roots)
    if not roots and invert:
        edge = {each.name for each in packages if not each.requires}
    elif not roots:
        # The model itself is the level above.
        level = 1
        edge = {each.name for each in packages if each.direct}
    found: set[str] = set()
    while edge and (depth is None or level <= depth):
        found |= edge
        nearer = (by_name[each] for each in edge)
        further = (each.required_by if invert else each.requires for each in nearer)
        edge = {name for names in further for name in names} - found
        level += 1
    return tuple(each for each in packages if each.name in found)
