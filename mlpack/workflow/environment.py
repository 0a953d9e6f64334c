"""The environment that a lock pins for a variant."""

from __future__ import annotations

from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import request_for
from mlpack.lock.requirements import install_lines, own_options, shipped_hashes
from mlpack.manifest.model import Asking
from mlpack.plan import package_requirements
from mlpack.ports import EnvironmentRequest


def environment_of(variant: Asking, locked: LockedEnvironment) -> EnvironmentRequest:
    """Return the environment that the lock pins for a variant."""
    asked = request_for(variant)
    options = own_options(package_requirements(variant, locked))
    return EnvironmentRequest(
        # With all hashes there are: beside a git requirement the package's own have none.
        requirements=(*options, *install_lines(locked)),
        python=locked.python,
        no_build_isolation=locked.no_build_isolation,
        links=asked.find_links_now,
        borrowed=shipped_hashes(locked),
        index_url=asked.index_url,
        platforms=asked.platforms,
    )
