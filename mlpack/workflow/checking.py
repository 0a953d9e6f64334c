"""The story of `build --check`: the same package made twice, under changed conditions."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mlpack.digest import TreeDigest, tree_digest
from mlpack.errors import ReproducibilityError
from mlpack.plan import Plan
from mlpack.ports import Environment
from mlpack.report import BuildReport
from mlpack.workflow.making import save
from mlpack.workflow.outside import Outside

# What a build must not depend on, set to something unusual.
_OTHER_CONDITIONS = {
    "PYTHONHASHSEED": "4242",
    "TZ": "Pacific/Chatham",
    "USER": "somebody-else",
    "LOGNAME": "somebody-else",
}


def check(planned: Plan, environment: Environment, outside: Outside) -> BuildReport:
    """Save the package twice, elsewhere than its target, and compare.

    The second time the folder is deeper, the umask, hash seed, time zone and user are others.
    Raises ``ReproducibilityError`` naming the files that differ.
    """
    started = outside.clock()
    with tempfile.TemporaryDirectory(prefix="mlpack-check-") as name:
        folder = Path(name).resolve()
        first = tree_digest(save(planned, environment, folder / "first", outside))
        deeper = folder / "second" / "at" / "another" / "depth"
        with _umask(0o077):
            second = tree_digest(save(_elsewhere(planned), environment, deeper, outside))
    if first.digest != second.digest:
        differing = ", ".join(_differing(first, second))
        raise ReproducibilityError(
            f"two builds of {planned.variant.package_name} differ in {differing}",
            hint="look for sets, object ids, times or paths that reach these files",
        )
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="reproduced",
        digest=first.digest,
        size=first.size,
        seconds=outside.clock() - started,
    )


def _elsewhere(planned: Plan) -> Plan:
    verify = planned.variant.verify
    changed = replace(verify, env={**_OTHER_CONDITIONS, **verify.env})
    return replace(planned, variant=replace(planned.variant, verify=changed))


def _differing(first: TreeDigest, second: TreeDigest) -> list[str]:
    before = {str(file.path): file.digest for file in first.files}
    after = {str(file.path): file.digest for file in second.files}
    paths = before.keys() | after.keys()
    return sorted(path for path in paths if before.get(path) != after.get(path))


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)
