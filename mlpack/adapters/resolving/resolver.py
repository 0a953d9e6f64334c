"""The loop: resolve, ask the indexes, leave out what does not fit this Python, resolve again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.version import Version

from mlpack.adapters.resolving.compiling import Compilation, UnsolvableError, compile_pins
from mlpack.adapters.resolving.folders import with_shipped
from mlpack.adapters.resolving.index import Indexes
from mlpack.adapters.resolving.judging import Judged, judged, locked
from mlpack.adapters.resolving.lookups import releases, requirers
from mlpack.adapters.resolving.markers import either, simplified
from mlpack.adapters.resolving.pins import Pin, previous_text
from mlpack.adapters.resolving.reasons import no_version_left, unsolvable
from mlpack.adapters.uv import Uv, find_interpreter, newest_patch
from mlpack.core.errors import DependencyError, OutsideError
from mlpack.lock.model import ExcludedVersion, LockedEnvironment, LockedPackage
from mlpack.lock.request import ResolveRequest
from mlpack.lock.requirements import install_lines, shipped_hashes
from mlpack.ports import (
    EnvironmentRequest,
    Environments,
    NewerReleases,
    UpgradeScope,
    upgraded_names,
)

# Each round leaves out all versions of a package that do not fit, so that few are ever needed.
_ROUNDS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class UvResolver:
    """Resolves with uv; ``environments`` serves packages whose build needs others installed.

    ``cache`` keeps what indexes said, so that locking works without a network.
    """

    uv: Uv
    environments: Environments
    cache: Path | None = None

    def resolve(
        self,
        request: ResolveRequest,
        *,
        previous: LockedEnvironment | None = None,
        upgrade: UpgradeScope = frozenset(),
        offline: bool = False,
    ) -> LockedEnvironment:
        """Resolve ``request``, keeping ``previous`` pins but for those in ``upgrade``.

        Raises ``DependencyError`` (unsatisfiable), ``IntegrityError`` (a stated hash that no file
        has) or ``OutsideError`` (network, interpreter).
        """
        round_, python = self._begun(request, previous, upgrade, offline)
        return self._settle(round_, python, previous).environment(request, python)

    def requirers(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> Mapping[str, frozenset[str]]:
        """Return who asks for each locked package; ``request`` itself is the empty name."""
        interpreter = find_interpreter(self.uv, request.python)
        python = interpreter.path if interpreter else None
        return requirers(self.uv, request, locked, python, offline=offline or self.uv.offline)

    def releases(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> tuple[NewerReleases, ...]:
        """Return what indexes have now of each locked package."""
        round_, python = self._begun(request, locked, "all", offline)
        settled = self._settle(round_, python, locked)
        return releases(locked, settled.found, request, python)

    def _begun(
        self,
        request: ResolveRequest,
        previous: LockedEnvironment | None,
        upgrade: UpgradeScope,
        offline: bool,
    ) -> tuple[Compilation, str]:
        """Return what to ask uv first, and the full version of Python to name."""
        interpreter = find_interpreter(self.uv, request.python)
        round_ = Compilation(
            request=request,
            python=interpreter.path if interpreter else None,
            upgrade=upgrade,
            offline=offline or self.uv.offline,
        )
        version = interpreter.version if interpreter else newest_patch(self.uv, request.python)
        python = _python(request, previous, upgrade, version)
        if request.no_build_isolation:
            round_ = replace(round_, python=self._build_place(round_, python, previous))
        return round_, python

    def _build_place(
        self, round_: Compilation, python: str, previous: LockedEnvironment | None
    ) -> Path:
        """Return an interpreter that has all packages but those that need the others to build."""
        request = round_.request
        rest = replace(round_, without=request.no_build_isolation)
        found = self._settle(rest, python, previous).environment(request, python)
        environment = self.environments.provide(
            EnvironmentRequest(
                requirements=install_lines(found),
                python=python,
                links=request.find_links_now,
                borrowed=shipped_hashes(found),
                index_url=request.index_url,
                extra_index_urls=request.extra_index_urls,
            ),
            offline=round_.offline,
        )
        return environment.python

    def _settle(
        self, round_: Compilation, python: str, previous: LockedEnvironment | None
    ) -> _Settled:
        cache = self.cache / "indexes" if self.cache else None
        indexes = Indexes(self.uv, cache, offline=round_.offline)
        indexes.prepare()
        excluded = _kept_exclusions(round_, python, previous)
        offenders: dict[str, ExcludedVersion] = {}
        for _ in range(_ROUNDS):
            pins = self._compiled(round_, previous, excluded, offenders)
            minor = round_.request.python
            found = _judge(_of_minor(pins, minor), indexes, round_.request, python, previous)
            bad = [each for each in found if each.offender]
            if not bad:
                found = with_shipped(found, pins, indexes, round_.request, self.uv.environ)
                return _Settled(found=found, excluded=excluded, offenders=offenders)
            for each in bad:
                excluded.update({(one.name, one.version): one for one in each.excluded})
                if each.offender:
                    offenders[each.package.name] = each.offender
        raise DependencyError(
            f"The resolution did not converge: after {_ROUNDS} rounds, some packages still do "
            f"not support Python {round_.request.python}",
            hint="pin the packages that matter",
        )

    def _compiled(
        self,
        round_: Compilation,
        previous: LockedEnvironment | None,
        excluded: dict[tuple[str, str], ExcludedVersion],
        offenders: dict[str, ExcludedVersion],
    ) -> tuple[Pin, ...]:
        asked = replace(
            round_,
            previous=previous_text(previous, excluded) if previous else "",
            left_out=tuple(sorted(excluded)),
        )
        try:
            return compile_pins(self.uv, asked)
        except UnsolvableError as error:
            details = error.details or ""
            minor = round_.request.python
            newest = {**{one.name: one for one in excluded.values()}, **offenders}
            raise no_version_left(details, newest, minor) or unsolvable(details) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    found: tuple[Judged, ...]
    excluded: dict[tuple[str, str], ExcludedVersion] = field(default_factory=dict)
    offenders: dict[str, ExcludedVersion] = field(default_factory=dict)

    def environment(self, request: ResolveRequest, python: str) -> LockedEnvironment:
        packages = tuple(each.package for each in self.found)
        return LockedEnvironment(
            request=request.digest,
            python=python,
            packages=tuple(sorted(packages, key=lambda each: (each.name, each.version))),
            excluded=self._told(packages),
            built=tuple(sorted({each.package.name for each in self.found if each.built})),
            no_build_isolation=request.no_build_isolation,
            inputs=request.inputs,
            yanked={
                (each.package.name, each.package.version): each.yanked
                for each in self.found
                if each.yanked is not None
            },
        )

    def _told(self, packages: tuple[LockedPackage, ...]) -> tuple[ExcludedVersion, ...]:
        """Return what a reader would miss: versions newer than pinned, and packages that left."""
        lowest: dict[str, Version] = {}
        for package in packages:
            if package.version:
                version = Version(package.version)
                lowest[package.name] = min(version, lowest.get(package.name, version))
        told = {
            (one.name, one.version): one
            for one in self.excluded.values()
            if one.name in lowest and Version(one.version) > lowest[one.name]
        }
        told.update({(one.name, one.version): one for one in self.offenders.values()})
        return tuple(told[key] for key in sorted(told))


def _python(
    request: ResolveRequest,
    previous: LockedEnvironment | None,
    upgrade: UpgradeScope,
    found: str | None,
) -> str:
    """Return the full version to name: the locked one stays while its minor is still asked for."""
    if previous and upgrade != "all" and previous.python.startswith(f"{request.python}."):
        return previous.python
    if found is None:
        raise OutsideError(
            f"uv does not know Python {request.python}",
            hint=f"run `uv python install {request.python}`, or fix `python` in the manifest",
        )
    return found


def _kept_exclusions(
    round_: Compilation, python: str, previous: LockedEnvironment | None
) -> dict[tuple[str, str], ExcludedVersion]:
    """Start from what is known not to fit; what is upgraded starts afresh."""
    if previous is None or previous.python != python or round_.upgrade == "all":
        return {}
    moving = upgraded_names(round_.upgrade)
    return {(one.name, one.version): one for one in previous.excluded if one.name not in moving}


def _of_minor(pins: tuple[Pin, ...], minor: str) -> tuple[Pin, ...]:
    """Drop pins of other Pythons, cut markers down, and join what then is the same."""
    markers: dict[Pin, list[str | bool]] = {}
    for pin in pins:
        marker = simplified(pin.marker, minor)
        if marker is not False:
            markers.setdefault(replace(pin, marker=None), []).append(marker)
    joined = {pin: either(texts, minor) for pin, texts in markers.items()}
    return tuple(
        replace(pin, marker=text if isinstance(text, str) else None) for pin, text in joined.items()
    )


def _judge(
    pins: tuple[Pin, ...],
    indexes: Indexes,
    request: ResolveRequest,
    python: str,
    previous: LockedEnvironment | None,
) -> tuple[Judged, ...]:
    listed = indexes.files((pin.index, pin.name) for pin in pins if pin.index)
    return tuple(
        _remembered(pin, previous)
        if pin.index and listed[pin.index, pin.name] is None
        else judged(pin, listed.get((pin.index or "", pin.name)) or (), request, python)
        for pin in pins
    )


def _remembered(pin: Pin, previous: LockedEnvironment | None) -> Judged:
    """Return what the previous lock says of a pin whose index cannot be asked."""
    for package in previous.packages if previous else ():
        if (package.name, package.version) == (pin.name, pin.version):
            built = pin.name in (previous.built if previous else ())
            return Judged(package=locked(pin, package.sha256), built=built)
    raise OutsideError(
        f"The Python versions that {pin.name} {pin.version} supports are unknown while offline",
        hint="run the command once without `--offline`",
    )
