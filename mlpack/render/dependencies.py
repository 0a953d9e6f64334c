"""What the commands on dependencies say: trees, and tables of newer releases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlpack.ports.dependency_reports import OutdatedReport, TreePackage, TreeReport
from mlpack.render import style
from mlpack.render.reports import Shown

_SEEN = " (*)"


def trees_text(reports: Sequence[TreeReport], shown: Shown) -> str:
    """Return the tree of each environment, a package's own shown where it is met first."""
    return "\n".join(_tree_text(report, shown, titled=len(reports) > 1) for report in reports)


def _tree_text(report: TreeReport, shown: Shown, *, titled: bool) -> str:
    lines = []
    if titled:
        users = ", ".join(report.variants) or report.environment
        lines.append(f"{style(users, 'bold')} (Python {report.python})")
    lines += _Tree(report, shown(report.manifest)).lines()
    if any(line.endswith(_SEEN) for line in lines):
        lines.append("(*) shown above in full")
    return "\n".join(lines) + "\n"


class _Tree:
    """Writes one report: the model is a node like any other, under the empty name."""

    def __init__(self, report: TreeReport, manifest: str) -> None:
        self._report = report
        self._packages: Mapping[str, TreePackage] = {each.name: each for each in report.packages}
        self._root = f"{report.model} ({manifest})"
        self._seen: set[str] = set()

    def lines(self) -> Iterator[str]:
        for name in self._starts():
            yield self._label(name)
            yield from self._below(name, "", 1)

    def _starts(self) -> Sequence[str]:
        if self._report.roots:
            return self._report.roots
        if self._report.inverted:
            return [name for name, each in self._packages.items() if not each.requires]
        return [""]

    def _below(self, name: str, margin: str, depth: int) -> Iterator[str]:
        if self._report.depth is not None and depth > self._report.depth:
            return
        self._seen.add(name)
        next_ones = self._next(name)
        for each in next_ones:
            last = each == next_ones[-1]
            again = each in self._seen and bool(self._next(each))
            branch = "└── " if last else "├── "
            yield f"{margin}{branch}{self._label(each)}{_SEEN if again else ''}"
            if not again:
                yield from self._below(each, margin + ("    " if last else "│   "), depth + 1)

    def _next(self, name: str) -> Sequence[str]:
        """Return what a package asks for or, inverted, who asks for it."""
        if not name:
            direct = [each.name for each in self._report.packages if each.direct]
            return [] if self._report.inverted else direct
        package = self._packages[name]
        if not self._report.inverted:
            return package.requires
        return [*package.required_by, *([""] if package.direct else [])]

    def _label(self, name: str) -> str:
        return f"{name} {self._packages[name].version}" if name else self._root


def outdated_text(reports: Sequence[OutdatedReport], shown: Shown) -> str:
    """Return a table for each environment: the pin, what an upgrade gives, and the latest."""
    return "\n".join("\n".join(_outdated_lines(report, shown)) + "\n" for report in reports)


def _outdated_lines(report: OutdatedReport, shown: Shown) -> Iterator[str]:
    place = f"{style(shown(report.lock), 'bold')} ({report.environment})"
    if not report.outdated:
        yield f"{place}: all {report.packages} packages are up to date"
        return
    verb = "is" if len(report.outdated) == 1 else "are"
    yield f"{place}: {len(report.outdated)} of {report.packages} packages {verb} outdated"
    rows = [("package", "locked", "compatible", "latest", "")]
    rows += [
        (each.name, each.locked, each.compatible or "removed", each.latest or "", each.why or "")
        for each in report.outdated
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"  {'  '.join(cells)}".rstrip()
