"""What single commands say: cache, diff, doctor, fetch, import, init, list."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mlpack.core.counting import counted
from mlpack.package.comparison import PackageComparison, difference_lines
from mlpack.ports.packages import PackagesReport, WheelsReport
from mlpack.ports.report import (
    CacheReport,
    DoctorReport,
    Fact,
    FetchReport,
    ImportReport,
    InitReport,
    ListedModel,
    ShelfReport,
)
from mlpack.render import style
from mlpack.render.reports import Shown, size_text
from mlpack.render.structured import json_text, plain


def size(report: CacheReport, shown: Shown) -> str:
    """Say what the cache holds, a line a kind."""
    head = f"{style(shown(report.cache), 'bold')} uses {size_text(report.own)}\n"
    return head + "".join(_shelf_line(shelf) for shelf in report.shelves if shelf.count)


def pruned(report: CacheReport, shown: Shown) -> str:
    """Say what was dropped, and how much the disk has back."""
    if not any(shelf.count for shelf in report.shelves):
        return f"{style(shown(report.cache), 'bold')} has nothing to remove\n"
    head = f"{style(shown(report.cache), 'bold')} shrank by {size_text(report.own)}\n"
    return head + "".join(_shelf_line(shelf) for shelf in report.shelves if shelf.count)


def whole(report: CacheReport, shown: Shown) -> str:
    """Say that everything is what it should be."""
    return f"{style(shown(report.cache), 'bold')} verified\n" + "".join(
        _shelf_line(shelf) for shelf in report.shelves if shelf.count
    )


def _shelf_line(shelf: ShelfReport) -> str:
    shared = shelf.size - shelf.own
    more = f", {size_text(shared)} of it shared with other folders" if shared else ""
    return (
        f"  {counted(shelf.count, shelf.name.removesuffix('s'))}: {size_text(shelf.size)}{more}\n"
    )


_STYLES = {"file": "bold", "added": "green", "removed": "red"}


def diff_text(comparison: PackageComparison, shown: Shown) -> str:
    """Say what differs between two packages, file by file."""
    first, second = shown(comparison.first), shown(comparison.second)
    if comparison.equal:
        return f"{first} and {second} are identical ({comparison.first_digest})\n"
    lines = [f"--- {first} ({comparison.first_digest})"]
    lines += [f"+++ {second} ({comparison.second_digest})"]
    for line in difference_lines(comparison):
        name = _STYLES.get(line.tone)
        lines.append(line.text if name is None else style(line.text, name))
    return "\n".join(lines) + "\n"


def doctor_text(report: DoctorReport) -> str:
    """Return a line a fact, the fix below what needs one, and the verdict."""
    room = max((len(fact.subject) for fact in report.facts), default=0)
    lines = [line for fact in report.facts for line in _lines(fact, room)]
    verdict = (
        "This machine is ready to build." if report.able else "This machine is not ready to build."
    )
    return "\n".join([*lines, "", verdict]) + "\n"


def _lines(fact: Fact, room: int) -> list[str]:
    mark = "ok"
    if fact.severity != "ok":
        colour = "red" if fact.severity == "error" else "yellow"
        mark = style(f"{fact.severity}[{fact.code}]", colour, "bold")
    lines = [f"{fact.subject:{room}}  {mark}: {fact.text}"]
    if fact.hint:
        lines.append(f"{'':{room}}  {style('help', 'bold')}: {fact.hint}")
    return lines


_WORDS = {"downloaded": "downloaded", "made": "created", "present": "already present"}


def fetch_text(reports: Sequence[FetchReport | PackagesReport | WheelsReport], shown: Shown) -> str:
    """Say of packages and of each artifact that they are at hand, and what was done for them."""
    if not reports:
        return "Nothing to fetch: all artifacts are part of the project\n"
    return "".join(_fetched_text(report, shown) for report in reports)


def _fetched_text(report: FetchReport | PackagesReport | WheelsReport, shown: Shown) -> str:
    if isinstance(report, WheelsReport):
        return _wheels_text(report, shown)
    if isinstance(report, PackagesReport):
        packages = f"{report.environment} ({report.count} packages)"
        return f"{style(packages, 'bold')} cached for {report.platform}\n"
    name = report.artifact if report.variant is None else f"{report.artifact} ({report.variant})"
    words = _WORDS[report.status]
    return f"{style(name, 'bold')} {words}, {size_text(report.size)} ({report.digest})\n"


def _wheels_text(report: WheelsReport, shown: Shown) -> str:
    files = f"{len(report.files)} files for {report.platform}, {size_text(report.size)}"
    lines = [f"{style(shown(report.folder), 'bold')} has {files} ({report.new} new)"]
    if report.sources:
        listed = ", ".join(report.sources)
        lines.append(f"  to be built from source, with build requirements of their own: {listed}")
    if report.left_out:
        lines.append(
            f"  left out, because their requirement is a URL: {', '.join(report.left_out)}"
        )
    return "\n".join(lines) + "\n"


PathShown = Callable[[Path], str]


def manifest_diff_text(report: ImportReport) -> str:
    """Return the diff with its lines coloured as git does."""
    return diff_lines(report.diff)


def outcome_text(report: ImportReport, shown: PathShown) -> str:
    """Say what was written or would be, and what was not carried over."""
    lines: list[str] = []
    name = shown(report.path)
    beside = f" and {counted(len(report.files), 'file')}" if report.files else ""
    if report.written:
        lines.append(f"Wrote {style(name, 'bold')}{beside} from a {report.kind}")
    elif not report.diff and not report.files:
        lines.append(f"{name} is already up to date")
    elif report.replaces:
        lines.append(f"Read a {report.kind}; --write --force would replace {name}")
    else:
        lines.append(f"Read a {report.kind}; --write would write {name}{beside}")
    if report.not_carried_over:
        lines.append("Not carried over:")
        lines += [f"  - {each.what}: {each.why}" for each in report.not_carried_over]
    if any(problem.severity == "error" for problem in report.problems):
        lines.append("Fix this before building:")
    elif report.problems:
        lines.append("Ready to build; please check:")
    return "\n".join(lines) + "\n"


def diff_lines(diff: str) -> str:
    """Return a unified diff with its lines coloured as git does."""
    return "".join(_diff_line(line) for line in diff.splitlines(keepends=True))


def _diff_line(line: str) -> str:
    if line.startswith(("+++", "---")):
        return style(line, "bold")
    if line.startswith("+"):
        return style(line, "green")
    return style(line, "red") if line.startswith("-") else line


def init_text(report: InitReport, shown: Shown, *, here: Path) -> str:
    """Say what was written, what is left to do, and which commands come next."""
    place = style(shown(report.root), "bold")
    if report.template is None:
        lines = [report.source] if report.source else []
        lines += [f"Created a manifest for {report.model} in {place}"]
    else:
        lines = [f"Created {place} from the template {report.template}"]
    lines += [f"  {path}" for path in report.written]
    lines += [f"  {path} (unchanged)" for path in report.kept]
    if report.importable is not None:
        lines += ["", f"`mlpack import` can read {report.importable} and may find more than this."]
    if report.todo:
        lines += ["", f"To do ({len(report.todo)}):", *(f"  {each}" for each in report.todo)]
    when = "Next, once this is done:" if len(report.todo) > 1 else "Next:"
    lines += ["", when, *(f"  {command}" for command in _next(report, shown, here))]
    return "\n".join(lines) + "\n"


def _next(report: InitReport, shown: Shown, here: Path) -> list[str]:
    commands = [] if report.root == here else [f"cd {shlex.quote(shown(report.root))}"]
    if any("`mlpack signature --write`" in each for each in report.todo):
        commands.append("mlpack signature --write")
    return [*commands, "mlpack build"]


def text(models: Sequence[ListedModel], format: str, shown: Shown) -> str:
    """Write models as ``full`` lines, as ``json``, or as a ``github-matrix`` on one line."""
    if format == "full":
        return "".join(_model_line(model, shown) for model in models)
    records = [_record(model, shown) for model in models]
    if format == "json":
        return json_text([], models=records)
    keys = ("manifest", "name", "variant", "package")
    # Jobs are told apart by text: a matrix cannot hold null.
    rows = [{key: record[key] or "" for key in keys} for record in records]
    for row in rows:
        words = ["-f", row["manifest"], *(["--variant", row["variant"]] if row["variant"] else [])]
        row["options"] = shlex.join(words)
    return json.dumps({"include": rows}, ensure_ascii=False) + "\n"


def _model_line(model: ListedModel, shown: Shown) -> str:
    name = model.name if model.variant is None else f"{model.name}  {model.variant}"
    line = f"{shown(model.manifest)}  {name}  {model.version}  {model.digest or 'not built'}\n"
    return line + "".join(
        f"  {found.target}  {found.version}  {_VERDICTS[found.status]}\n"
        for found in model.published
    )


_VERDICTS = {
    "current": "has the recorded package",
    "different": "has another package",
    "missing": "does not have it",
}


def _record(model: ListedModel, shown: Shown) -> dict[str, Any]:
    asked = {"published": [plain(found) for found in model.published]} if model.published else {}
    return {
        **asked,
        "manifest": shown(model.manifest),
        "name": model.name,
        "variant": model.variant,
        "version": model.version,
        "package": shown(model.package),
        "digest": model.digest,
    }
