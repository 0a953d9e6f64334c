"""The story of packages that are brought here ahead: into the cache, or into a folder of wheels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mlpack.core.errors import DependencyError, OutsideError, UsageError
from mlpack.lock.model import Lock, LockedEnvironment
from mlpack.lock.requirements import install_lines, platform_marker, this_machine
from mlpack.manifest.model import Manifest, Variant
from mlpack.manifest.schema import closest, platform_names
from mlpack.ports import CollectedFile, EnvironmentRequest
from mlpack.ports.outside import Outside
from mlpack.ports.packages import PackagesReport, WheelsReport
from mlpack.storage.atomic import write_whole
from mlpack.workflow.environment import environment_of


def fetch_packages(
    variants: Iterable[Variant],
    lock: Lock,
    outside: Outside,
    *,
    platforms: tuple[str, ...] = (),
    offline: bool = False,
) -> tuple[PackagesReport, ...]:
    """Bring the packages of the variants' environments into the cache, hashes enforced.

    ``platforms`` are uv's names; none: those that the manifest locks for, else this machine.
    """
    return tuple(
        _fetched(name, locked, request, platform, outside, offline=offline)
        for name, locked, request in _environments(variants, lock)
        for platform in _platforms(request, platforms)
    )


def _fetched(
    name: str,
    locked: LockedEnvironment,
    request: EnvironmentRequest,
    platform: str | None,
    outside: Outside,
    *,
    offline: bool,
) -> PackagesReport:
    count = len(locked.packages)
    shown = platform or this_machine()
    outside.narrator.step(f"Fetching {count} packages for {shown}")
    outside.packages.fetch(request, platform=platform, offline=offline)
    outside.narrator.done(f"Fetched {count} packages for {shown}")
    return PackagesReport(environment=name, platform=shown, count=count)


def collect_packages(
    manifest: Manifest,
    variants: Iterable[Variant],
    lock: Lock,
    outside: Outside,
    folder: Path,
    *,
    platforms: tuple[str, ...] = (),
) -> tuple[WheelsReport, ...]:
    """Put the files of the variants' packages into ``folder``, with the lines to install them.

    ``platforms`` as for ``fetch_packages``.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(
            f"cannot create {folder}: {error.strerror}", hint="choose another folder with --to"
        ) from error
    reports = []
    for name, locked, request in _environments(variants, lock):
        place = (
            folder / f"{manifest.name}{'' if name == 'default' else f'-{name}'}.requirements.txt"
        )
        for platform in _platforms(request, platforms):
            outside.narrator.step(f"Collecting packages for {platform or this_machine()}")
            files = outside.wheels.collect(locked, request, folder, platform=platform)
            outside.narrator.done(f"Collected {len(files)} packages")
            reports.append(_collected(name, locked, platform, folder, files, place))
        text = "".join(f"{line}\n" for line in install_lines(locked))
        write_whole(place, text.encode())
    return tuple(reports)


def _collected(
    name: str,
    locked: LockedEnvironment,
    platform: str | None,
    folder: Path,
    files: tuple[CollectedFile, ...],
    requirements: Path,
) -> WheelsReport:
    return WheelsReport(
        folder=folder,
        environment=name,
        platform=platform or this_machine(),
        files=tuple(file.path.name for file in files),
        new=sum(file.new for file in files),
        size=sum(file.path.stat().st_size for file in files),
        sources=tuple(file.package for file in files if file.path.suffix != ".whl"),
        left_out=tuple(package.name for package in locked.packages if package.url),
        requirements=requirements,
    )


def _environments(
    variants: Iterable[Variant], lock: Lock
) -> Iterator[tuple[str, LockedEnvironment, EnvironmentRequest]]:
    """Yield each environment of the variants once."""
    seen: set[str] = set()
    for variant in variants:
        name = lock.variants[variant.variant or ""].environment
        if name not in seen:
            seen.add(name)
            locked = lock.environments[name]
            yield name, locked, environment_of(variant, locked)


def _platforms(request: EnvironmentRequest, asked: tuple[str, ...]) -> tuple[str | None, ...]:
    known = {platform_marker(name) for name in request.platforms}
    for name in asked:
        if known and platform_marker(name) not in known:
            raise DependencyError(
                f"the lock has no packages for {name}: `dependencies.platforms` is "
                f"[{', '.join(request.platforms)}]",
                hint=f"add {name} to `dependencies.platforms`",
            )
    return asked or request.platforms or (None,)


def check_platforms(names: Iterable[str]) -> None:
    """Raise ``UsageError`` for what is none of uv's platforms."""
    known = platform_names()
    for name in names:
        if name not in known:
            near = closest(name, known)
            hint = f"did you mean `{near}`?" if near else f"use one of {', '.join(known)}"
            raise UsageError(f"{name!r} is not a platform", hint=hint)
