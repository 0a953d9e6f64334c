"""Reports as a person reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from mlpack.core.counting import counted
from mlpack.ports import Prediction
from mlpack.ports.report import BuildReport, ExportReport, LockReport, VerifyReport
from mlpack.render import style
from mlpack.render.moves import move_lines

Shown = Callable[[Path], str]
"""Gives a path as the user would type it."""

_UNITS = ("B", "kB", "MB", "GB", "TB")


_DONE = {
    "built": "built",
    "proven": "proven again",
    "reproduced": "reproducible",
    "unchanged": "up to date",
    "planned": "to build",
    "failed": "failed",
}


def total_text(reports: Sequence[BuildReport], seconds: float) -> str:
    """Return the line that sums up a build of several models."""
    counts = Counter(_DONE[report.status] for report in reports)
    told = ", ".join(f"{counts[each]} {each}" for each in _DONE.values() if counts[each])
    return f"{counted(len(reports), 'model')} in {seconds_text(seconds)}: {told}\n"


def build_text(report: BuildReport, shown: Shown, *, explain: bool = False) -> str:
    """Say where the model is and what it predicted; ``explain`` adds what was done and why."""
    if explain and report.status != "planned":
        return _build_text(report, shown) + "".join(f"  {step}\n" for step in report.steps)
    return _build_text(report, shown)


def _build_text(report: BuildReport, shown: Shown) -> str:
    place = style(shown(report.package), "bold")
    if report.status == "planned":
        return (
            "\n".join([f"{place} would be built:", *(f"  {step}" for step in report.steps)]) + "\n"
        )
    if report.status == "unchanged":
        return f"{place} is up to date ({report.digest})\n"
    if report.status == "reproduced":
        return f"{place} is reproducible ({report.digest})\n"
    verb = "built" if report.status == "built" else "proven again"
    lines = [f"{place} {verb}, {size_text(report.size)} in {seconds_text(report.seconds)}"]
    lines.append(f"  digest      {report.digest}")
    if report.prediction is None:
        lines.append("  prediction  skipped: the package is not proven")
    else:
        lines += prediction_lines(report.prediction)
    return "\n".join(lines) + "\n"


def lock_text(report: LockReport, shown: Shown) -> str:
    """Say what became of the lock, what moved in it, and which versions it skips."""
    place = style(shown(report.path), "bold")
    if report.status == "unchanged":
        lines = [f"{place} is up to date"]
    else:
        verb = report.status if report.written else f"would be {report.status}"
        why = f": {'; '.join(report.reasons)}" if report.status == "updated" else ""
        lines = [f"{place} {verb}{why if report.reasons else ''}"]
    counts = sorted(report.packages.items())
    lines += [f"  {name}: {counted(count, 'package')}" for name, count in counts]
    lines += [f"  {line}" for line in move_lines(report.moved, len(report.packages))]
    new = {f"{move.name} {move.after}" for move in report.moved if move.change == "excluded"}
    lines += [f"  {each}" for each in report.excluded if each.partition(" was ")[0] not in new]
    return "\n".join(lines) + "\n"


def verify_text(report: VerifyReport, shown: Shown) -> str:
    """Say that a package is what it should be, and what it predicted."""
    against = "nothing to compare it with" if report.compared_with is None else report.compared_with
    lines = [f"{style(shown(report.package), 'bold')} verified"]
    lines.append(
        f"  digest      {report.digest} ({'as in ' if report.compared_with else ''}{against})"
    )
    if report.prediction is None:
        lines.append("  prediction  skipped")
    else:
        lines += prediction_lines(report.prediction)
    return "\n".join(lines) + "\n"


def export_text(report: ExportReport, shown: Shown) -> str:
    """Say where the archive is, and both digests."""
    against = f" (as in {report.compared_with})" if report.compared_with else ""
    return (
        f"{style(shown(report.archive), 'bold')} written, {size_text(report.size)}\n"
        f"  archive     {report.archive_digest}\n"
        f"  package     {report.digest}{against}\n"
    )


def prediction_lines(prediction: Prediction) -> list[str]:
    """Return what came out, what it looks like, and what it cost."""
    load, predict = prediction.load_seconds, prediction.predict_seconds
    cost = f"load {seconds_text(load)}, predict {seconds_text(predict)}"
    if prediction.peak_memory:
        cost += f", peak memory {size_text(prediction.peak_memory)}"
    lines = [f"  prediction  {prediction.summary} ({cost})"]
    lines += [f"              {line}" for line in prediction.preview.splitlines()]
    if prediction.serving not in (None, "same"):
        lines.append(f"  serving     {prediction.serving}")
    return lines


_DIGEST = re.compile(r"\b(sha256:[0-9a-f]{12})[0-9a-f]{52}\b")


def short_digests(text: str) -> str:
    """Return ``text`` with digests that fit on a terminal's line: their first 12 digits."""
    return _DIGEST.sub(r"\1", text)


def size_text(size: float) -> str:
    """Return bytes in a unit that reads well, 1 kB being 1000 bytes."""
    for unit in _UNITS:
        if size < 1000 or unit == _UNITS[-1]:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


def seconds_text(seconds: float) -> str:
    """Return a duration with one digit of a second, or in minutes."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{int(seconds // 60)} min {int(seconds % 60)} s"
