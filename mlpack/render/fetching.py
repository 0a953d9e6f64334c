"""What `mlpack fetch` has to say."""

from __future__ import annotations

from collections.abc import Sequence

from mlpack.render.ansi import style
from mlpack.render.reports import size_text
from mlpack.report import FetchReport

_WORDS = {"downloaded": "downloaded", "made": "made", "present": "here"}


def fetch_text(reports: Sequence[FetchReport]) -> str:
    """Say of each artifact that it is at hand, and what was done for it."""
    if not reports:
        return "every artifact lies in the project: there is nothing to fetch\n"
    return "".join(_line(report) for report in reports)


def _line(report: FetchReport) -> str:
    name = report.artifact if report.variant is None else f"{report.artifact} ({report.variant})"
    words = _WORDS[report.status]
    return f"{style(name, 'bold')} is {words}, {size_text(report.size)} ({report.digest})\n"
