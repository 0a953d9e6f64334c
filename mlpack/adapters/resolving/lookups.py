"""What is known of pins beyond the lock: who asks for them, and which releases there are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version

from mlpack.adapters.resolving.compatible import ServedFile, by_version, serves, why_not
from mlpack.adapters.resolving.compiling import Compilation, compile_each
from mlpack.adapters.resolving.judging import Judged, may_build
from mlpack.adapters.resolving.pins import previous_text
from mlpack.adapters.uv import Uv
from mlpack.core.errors import DependencyError, OutsideError
from mlpack.lock.changes import shown_version
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.request import ResolveRequest
from mlpack.ports import NewerReleases


def requirers(
    uv: Uv,
    request: ResolveRequest,
    locked: LockedEnvironment,
    python: Path | None,
    *,
    offline: bool,
) -> Mapping[str, frozenset[str]]:
    """Return who asks for each package: uv resolves the locked pins once more, and says so.

    What uv has kept since the lock was made is enough; only what it misses is asked for.
    """
    pins = (_pin(package) for package in locked.packages if package.version and not package.url)
    asked = Compilation(
        request=replace(request, constraints=(*request.constraints, *pins)),
        python=python,
        previous=previous_text(locked, ()),
        offline=True,
    )
    try:
        return _requirers(uv, asked, locked)
    except (DependencyError, OutsideError):
        if offline:
            raise OutsideError(
                "The metadata of some locked packages is not on this machine",
                hint="run the command once without `--offline`",
            ) from None
    return _requirers(uv, replace(asked, offline=False), locked)


def _requirers(
    uv: Uv, asked: Compilation, locked: LockedEnvironment
) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {package.name: set() for package in locked.packages}
    for pin in (pin for pins in compile_each(uv, asked) for pin in pins if pin.name in found):
        by = {"" if each.startswith("-r ") else each for each in pin.via}
        found[pin.name] |= by & {"", *found}
    return {name: frozenset(by) for name, by in found.items()}


def _pin(package: LockedPackage) -> str:
    marker = f" ; {package.marker}" if package.marker else ""
    return f"{package.name}=={package.version}{marker}"


def releases(
    locked: LockedEnvironment, upgraded: Iterable[Judged], request: ResolveRequest, python: str
) -> tuple[NewerReleases, ...]:
    """Return what there is now of each locked package; ``upgraded`` is what would be pinned."""
    now: dict[str, list[Judged]] = {}
    for each in upgraded:
        now.setdefault(each.package.name, []).append(each)
    pinned: dict[str, list[LockedPackage]] = {}
    for package in locked.packages:
        pinned.setdefault(package.name, []).append(package)
    return tuple(
        _release(name, packages, now.get(name, []), request, python)
        for name, packages in sorted(pinned.items())
    )


def _release(
    name: str,
    packages: list[LockedPackage],
    upgraded: list[Judged],
    request: ResolveRequest,
    python: str,
) -> NewerReleases:
    compatible = _versions(each.package for each in upgraded)
    served = by_version(file for each in upgraded for file in each.served)
    version = _latest(served, packages)
    behind = version is not None and str(version) not in (compatible or "").split(", ")
    return NewerReleases(
        name=name,
        locked=_versions(packages) or "",
        compatible=compatible,
        latest=None if version is None else str(version),
        why=_why(name, version, served[version], request, python) if behind and version else None,
    )


def _latest(
    served: Mapping[Version, list[ServedFile]], packages: list[LockedPackage]
) -> Version | None:
    """Return the highest version that is no pre-release, unless one is pinned, nor yanked."""
    daring = any(each.version and Version(each.version).is_prerelease for each in packages)
    return max(
        (
            version
            for version, files in served.items()
            if (daring or not version.is_prerelease) and any(file.yanked is None for file in files)
        ),
        default=None,
    )


def _why(
    name: str, version: Version, files: list[ServedFile], request: ResolveRequest, python: str
) -> str | None:
    if not any(serves(file, python, sdist=may_build(request, name)) for file in files):
        return f"requires Python {why_not(files, python)}"
    for line in (*request.requirements, *request.constraints):
        asked = Requirement(line)
        if asked.name == name and not asked.specifier.contains(version, prereleases=True):
            return f"{name}{asked.specifier} is required"
    return None


def _versions(packages: Iterable[LockedPackage]) -> str | None:
    return ", ".join(sorted({shown_version(each) for each in packages})) or None
