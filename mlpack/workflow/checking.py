"""The story of `build --check`: the same package made twice, under changed conditions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from mlpack.comparison import compare_packages, difference_text
from mlpack.digest import tree_digest
from mlpack.errors import ReproducibilityError
from mlpack.plan import Plan
from mlpack.ports import Environment
from mlpack.report import BuildReport
from mlpack.workflow.making import save
from mlpack.workflow.outside import Outside
from mlpack.workspace.scratch import scratch_folder

_LINES = 60
# What a build must not depend on, set to something unusual. The hash seed is fixed in every build.
_OTHER_CONDITIONS = {
    "TZ": "Pacific/Chatham",
    "USER": "somebody-else",
    "LOGNAME": "somebody-else",
}


def check(planned: Plan, environment: Environment, outside: Outside) -> BuildReport:
    """Save the package twice, elsewhere than its target, and compare.

    The second time the folder is deeper, the umask, time zone and user are others. Raises
    ``ReproducibilityError`` that says what differs.
    """
    started = outside.clock()
    with scratch_folder() as folder:
        first, _ = save(planned, environment, folder / "first", outside)
        deeper = folder / "second" / "at" / "another" / "depth"
        with _umask(0o077):
            second, _ = save(_elsewhere(planned), environment, deeper, outside)
        compared = compare_packages(first, second)
        size = tree_digest(first).size
    if not compared.equal:
        raise ReproducibilityError(
            f"two builds of {planned.variant.package_name} differ in "
            + ", ".join(file.path for file in compared.files),
            details=difference_text(compared, limit=_LINES),
            hint="look for sets, object ids, times or paths that reach these files",
        )
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="reproduced",
        digest=compared.first_digest,
        size=size,
        seconds=outside.clock() - started,
    )


def _elsewhere(planned: Plan) -> Plan:
    verify = planned.variant.verify
    changed = replace(verify, env={**_OTHER_CONDITIONS, **verify.env})
    return replace(planned, variant=replace(planned.variant, verify=changed))


@contextmanager
def _umask(mask: int) -> Iterator[None]:
    old = os.umask(mask)
    try:
        yield
    finally:
        os.umask(old)
