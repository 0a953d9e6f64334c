"""Equal questions of one run, answered once: many models ask for the same packages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mlpack.core.digest import value_digest
from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import ResolveRequest
from mlpack.ports import NewerReleases, Resolver, UpgradeScope


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingResolver:
    """A resolver that remembers for as long as it lives what it has resolved."""

    resolver: Resolver
    _known: dict[str, LockedEnvironment] = field(default_factory=dict)

    def resolve(
        self,
        request: ResolveRequest,
        *,
        previous: LockedEnvironment | None = None,
        upgrade: UpgradeScope = frozenset(),
        offline: bool = False,
    ) -> LockedEnvironment:
        """Return the answer to an equal question, or ask."""
        key = _question(request, previous, upgrade)
        if key not in self._known:
            self._known[key] = self.resolver.resolve(
                request, previous=previous, upgrade=upgrade, offline=offline
            )
        # The same packages may be asked for in other files.
        return replace(self._known[key], inputs=request.inputs)

    def requirers(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> Mapping[str, frozenset[str]]:
        """Ask."""
        return self.resolver.requirers(request, locked, offline=offline)

    def releases(
        self, request: ResolveRequest, locked: LockedEnvironment, *, offline: bool = False
    ) -> tuple[NewerReleases, ...]:
        """Ask."""
        return self.resolver.releases(request, locked, offline=offline)


def _question(
    request: ResolveRequest, previous: LockedEnvironment | None, upgrade: UpgradeScope
) -> str:
    """Return the digest of all that decides a resolution, but for what the indexes have."""
    # Folders of one name have other files in another project.
    folders = [str(request.root)] if request.link_folders else []
    pins = None if previous is None else [previous.digest, previous.resolved]
    moving = "all" if upgrade == "all" else sorted(upgrade)
    return value_digest([request.digest, folders, pins, moving])
