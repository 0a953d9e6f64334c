"""Why there is no solution, in one sentence instead of a wall."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlpack.errors import DependencyError
from mlpack.lock.model import ExcludedVersion

_WAY_OUT = "ask for other versions, or take the requirement out"


def no_version_left(
    details: str, offenders: Mapping[str, ExcludedVersion], minor: str
) -> DependencyError | None:
    """Return the error where it is Python's version that rules every version of a package out.

    ``offenders`` are the newest versions by package that uv had taken; ``None`` where uv's
    reasons name none of them.
    """
    blamed = [name for name in sorted(offenders) if re.search(rf"\b{re.escape(name)}\b", details)]
    if not blamed:
        return None
    first = offenders[blamed[0]]
    return DependencyError(
        f"No version of {first.name} that the requirements allow supports Python {minor}: "
        f"{first.version} needs Python {first.requires_python}",
        hint=f"allow another version of {first.name}, or change `python`",
    )


def unsolvable(details: str) -> DependencyError:
    """Return the error for uv's reasons, the commonest of them in our own words."""
    text = " ".join(details.split())
    return DependencyError(_sentence(text), hint=_WAY_OUT, details=details)


def _sentence(text: str) -> str:
    if found := re.search(r"(?:Because |and )(\S+) was not found in the package registry", text):
        return f"No package index has a package {found[1]}"
    found = re.search(r"Because you require (\S+) and (\S+?),? we can conclude", text)
    if found:
        return f"The requirements contradict each other: {found[1]} and {found[2]}"
    if found := re.search(r"there is no version of (\S+) and you require", text):
        return f"There is no {found[1]}"
    if found := re.search(r"only .* (?:is|are) available and you require (\S+?),? we can", text):
        return f"No available version satisfies {found[1]}"
    return "No set of packages satisfies the requirements"
