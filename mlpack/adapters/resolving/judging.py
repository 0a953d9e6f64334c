"""Pins against what their index says of them: who may stay, and which hashes are needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.version import Version

from mlpack.adapters.resolving.compatible import ServedFile, by_version, serves, why_not
from mlpack.adapters.resolving.pins import Pin
from mlpack.core.digest import file_digest
from mlpack.core.errors import IntegrityError
from mlpack.lock.model import ExcludedVersion, LockedPackage
from mlpack.lock.request import ResolveRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One pin as the lock will have it, or the versions to leave out instead.

    ``offender`` is the pin's own version where it cannot stay; ``excluded`` all versions of the
    package that no file makes fit. ``yanked`` is the index's reason where all files that fit are
    yanked.
    """

    package: LockedPackage
    built: bool = False
    offender: ExcludedVersion | None = None
    excluded: tuple[ExcludedVersion, ...] = field(default=())
    yanked: str | None = None
    served: tuple[ServedFile, ...] = ()
    """All files of the package that its index has."""


def judged(pin: Pin, files: tuple[ServedFile, ...], request: ResolveRequest, python: str) -> Judged:
    """Judge one pin by the files of its package."""
    sdist = may_build(request, pin.name)
    versions = by_version(files)
    own = versions.get(Version(pin.version), []) if pin.version and not pin.url else []
    fit = [file for file in own if serves(file, python, sdist=sdist)]
    package = locked(pin, _hashes(pin, own, fit, request))
    if own and not fit:
        bad = {
            version: _excluded(pin.name, str(version), listed, python)
            for version, listed in versions.items()
            if not any(serves(file, python, sdist=sdist) for file in listed)
        }
        own_version = bad[Version(pin.version)]
        return Judged(package=package, offender=own_version, excluded=tuple(bad.values()))
    return Judged(package=package, built=_is_built(pin, fit), yanked=_yanked(fit), served=files)


def locked(pin: Pin, sha256: tuple[str, ...]) -> LockedPackage:
    """Return a pin in the lock's form."""
    return LockedPackage(
        name=pin.name, version=pin.version, marker=pin.marker, sha256=sha256, url=pin.url
    )


def may_build(request: ResolveRequest, name: str) -> bool:
    """Return whether the build code of a package may run."""
    allowed = request.allow_sdist
    return allowed if isinstance(allowed, bool) else name in allowed


def _hashes(
    pin: Pin, own: list[ServedFile], fit: list[ServedFile], request: ResolveRequest
) -> tuple[str, ...]:
    """Return the pin's hashes without those of files that cannot serve."""
    useless = {_sha256(file) for file in own if file not in fit} if fit else set()
    kept = tuple(value for value in pin.sha256 if value not in useless) or pin.sha256
    # Where a page of links states a wheel's hash, uv neither computes it nor passes it on.
    kept = kept or tuple(sorted({value for file in fit if (value := _sha256(file))}))
    return _promised(pin, kept, request.hashes)


def _promised(
    pin: Pin, sha256: tuple[str, ...], stated: Mapping[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if pin.name not in stated:
        return sha256
    both = tuple(value for value in sha256 if value in stated[pin.name])
    if not both:
        raise IntegrityError(
            f"No file of {pin.name} {pin.version} matches a hash in the requirements",
            hint="fix the hashes, or remove them: the lock has its own",
        )
    return both


def _sha256(file: ServedFile) -> str | None:
    if file.sha256 is None and file.path is not None:
        return file_digest(file.path).removeprefix("sha256:")
    return file.sha256


def _is_built(pin: Pin, fit: list[ServedFile]) -> bool:
    if pin.url:
        return not pin.url.split("#")[0].endswith(".whl")
    return bool(fit) and not any(file.is_wheel for file in fit)


def _yanked(fit: list[ServedFile]) -> str | None:
    """Return why nothing of this version should be installed any more, if the index says so."""
    reasons = [file.yanked for file in fit if file.yanked is not None]
    if not fit or len(reasons) < len(fit):
        return None
    return next((reason for reason in reasons if reason), "")


def _excluded(name: str, version: str, files: list[ServedFile], python: str) -> ExcludedVersion:
    return ExcludedVersion(name=name, version=version, requires_python=why_not(files, python))
