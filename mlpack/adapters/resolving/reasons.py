"""Why there is no solution, in one sentence instead of a wall."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlpack.adapters.uv import in_manifest_terms
from mlpack.core.errors import DependencyError
from mlpack.lock.model import ExcludedVersion
from mlpack.manifest.rules.packages import distributions, known_distributions
from mlpack.manifest.schema import closest

_WAY_OUT = "allow other versions, or remove the requirement"


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
        f"No version of {first.name} allowed by the requirements supports Python {minor}: "
        f"{first.version} requires Python {first.requires_python}",
        hint=f"allow another version of {first.name}, or change `python`",
    )


def unsolvable(details: str) -> DependencyError:
    """Return the error for uv's reasons, the commonest of them in our own words."""
    text = " ".join(details.split())
    details = in_manifest_terms(details)
    for pattern, message, hint in _KNOWN:
        if found := re.search(pattern, text):
            said = found.expand(message)
            if "was not found in" in pattern and (near := _meant(found[1])):
                hint = f"did you mean `{near}`?"
            return DependencyError(said, hint=hint, details=details)
    return DependencyError(
        "No set of packages satisfies the requirements", hint=_WAY_OUT, details=details
    )


def _meant(name: str) -> str | None:
    """Return the well-known package that a name was probably meant to be."""
    packages = distributions(name)
    return packages[0] if packages else closest(name, known_distributions())


# uv's hints come first: where it has one, the sentence before it says less.
_KNOWN = (
    (
        r"Wheels are required for `([^`]+)` because building from source is disabled",
        r"\1 has no compatible wheel, and building it from source is not allowed",
        "add it to `dependencies.allow_sdist`, or require a version that has wheels",
    ),
    (
        r"no versions? of (\S+?)[ ,].*`\1` was filtered by `exclude-newer` (?!.*published at)",
        r"The index has no upload times for \1, so `exclude_newer` excludes all of its versions",
        "remove `exclude_newer`, or use an index that has them",
    ),
    (
        r"no versions? of (\S+?)[ ,].*`\1` was filtered by `exclude-newer`",
        r"No version of \1 allowed by the requirements was published before `exclude_newer`",
        "set a later time, or allow other versions",
    ),
    (
        r"does not satisfy Python(\S+) and (\S+) depends on Python\1,.* you require",
        r"\2 requires Python \1, and so does every version allowed by the requirements",
        "change `python`, or allow other versions",
    ),
    (
        r"Because (\S+) has no wheels with a matching Python",
        r"\1 has neither a wheel for this Python nor a source distribution",
        "change `python`, or allow other versions",
    ),
    (
        r"(?:Because |and )(\S+) was not found in the package registry",
        r"\1 was not found in any package index",
        _WAY_OUT,
    ),
    (
        r"Because you require (\S+) and (\S+?),? we can conclude",
        r"The requirements conflict: \1 and \2",
        _WAY_OUT,
    ),
    (r"no version of (\S+) and you require", r"No version satisfies \1", _WAY_OUT),
    (
        r"only .* (?:is|are) available and you require (\S+?),? we can",
        r"No available version satisfies \1",
        _WAY_OUT,
    ),
)
