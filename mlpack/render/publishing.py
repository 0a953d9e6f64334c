"""What `mlpack push` and `mlpack pull` have done, as a person reads it."""

from __future__ import annotations

from collections.abc import Sequence

from mlpack.ports.publishing import PullReport, PushReport
from mlpack.render import style
from mlpack.render.reports import Shown, size_text


def push_text(reports: Sequence[PushReport], shown: Shown) -> str:
    """Say of each package what its target has now."""
    return "".join(_push_text(report, shown) for report in reports)


def _push_text(report: PushReport, shown: Shown) -> str:
    place = style(shown(report.package), "bold")
    if report.status == "planned":
        return f"{place} would be pushed to {report.target} as version {report.version}\n"
    if report.status == "present":
        verb = f"is already in {report.target} as version {report.version}"
    else:
        verb = (
            f"pushed to {report.target} as version {report.version}, {size_text(report.sent)} sent"
        )
    return f"{place} {verb}\n  digest      {report.digest}\n  uri         {report.uri}\n"


def pull_text(report: PullReport, shown: Shown) -> str:
    """Say where the package is, and who promised its digest."""
    place = style(shown(report.package), "bold")
    verb = "is already here" if report.status == "present" else "pulled"
    size = f", {size_text(report.size)}" if report.size else ""
    against = (
        f"as in {report.compared_with}" if report.compared_with else "nothing to compare it with"
    )
    return f"{place} {verb}{size}\n  digest      {report.digest} ({against})\n"
