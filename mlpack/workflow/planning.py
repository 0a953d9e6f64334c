"""What `build --dry-run` says: what would be done for each package."""

from __future__ import annotations

from mlpack.report import BuildReport
from mlpack.workflow.preparing import Work


def planned_report(work: Work, current: BuildReport | None) -> BuildReport:
    """Return the report of a package that is not built now; ``current`` if it needs nothing."""
    if current is not None:
        return current
    planned = work.planned
    return BuildReport(
        package=planned.target,
        variant=planned.variant.variant,
        status="planned",
        steps=(
            f"lock: {', '.join(work.moved) or 'it fits'}",
            f"environment: Python {planned.environment.python}, "
            f"{len(planned.environment.packages)} packages",
            f"code: {len(planned.code)} files",
            f"artifacts: {', '.join(planned.places) or 'none'}",
            f"save as {planned.variant.serialization}, then one forward pass",
            f"package: {planned.target}",
        ),
    )
