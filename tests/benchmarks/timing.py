"""What benchmarks share: whole processes timed in turn, their medians, and the machine's facts."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
Run = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One comparison: medians (in seconds), and their ratio beside what it is to reach."""

    name: str
    ours: float
    other: float
    what_other: str
    target: str
    met: bool
    unit: str = "s"

    @property
    def ratio(self) -> float:
        """Ours over the other's."""
        return self.ours / self.other


def in_turn(first: Run, second: Run, runs: int, before: Run = lambda: None) -> tuple[float, float]:
    """Return both medians, the two run in turn so that a slow spell hits both.

    ``before`` clears up for each pair, in nobody's time.
    """
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        before()
        for run, kept in zip((first, second), times, strict=True):
            started = time.perf_counter()
            run()
            kept.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def call(argv: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """Run a program that must succeed; return its output."""
    variables = {**os.environ, **(env or {})}
    # Compiled modules are what installed programs have, on either side.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{argv} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def mlpack(*words: str | Path, cwd: Path, cache: Path) -> None:
    """Run mlpack of this checkout, with a cache folder of its own."""
    argv = [sys.executable, "-m", "mlpack", *words]
    call(argv, cwd, {"PYTHONPATH": str(ROOT), "MLPACK_CACHE_DIR": str(cache)})


def put_aside(*paths: Path) -> None:
    """Move away what an earlier run left, into a folder ``aside`` beside the project.

    Thousands of files are better moved than removed: for minutes after it, ext4 looks over each
    inode that was freed whenever it makes a file, which takes ten times as long then.
    """
    for path in paths:
        if path.exists():
            kept = path.parent.parent / "aside" / str(time.monotonic_ns())
            kept.mkdir(parents=True)
            path.rename(kept / path.name)
    os.sync()


def example(name: str, where: Path) -> Path:
    """Copy an example without its lock and packages."""
    left_out = shutil.ignore_patterns("dist", "__pycache__", "mlpack.lock")
    return Path(shutil.copytree(ROOT / "examples" / name, where / name, ignore=left_out))


def machine() -> str:
    """Return the facts that figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, "
        f"{memory:.0f} GB of memory, CPython {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f}"
    )


def table(figures: Sequence[Figure]) -> str:
    """Return figures as a Markdown table."""
    lines = ["| what | mlpack | by hand | ratio | to reach |", "|---|---|---|---|---|"]
    for each in figures:
        verdict = "" if each.met else " **missed**"
        lines.append(
            f"| {each.name} | {each.ours:.2f} {each.unit} "
            f"| {each.other:.2f} {each.unit} ({each.what_other}) "
            f"| {each.ratio:.2f} | {each.target}{verdict} |"
        )
    return "\n".join(lines) + "\n"


def as_json(figures: Sequence[Figure]) -> str:
    """Return figures for a program."""
    kept = [
        {"name": f.name, "ours": f.ours, "other": f.other, "ratio": f.ratio, "met": f.met}
        for f in figures
    ]
    return json.dumps({"machine": machine(), "figures": kept}, indent=2) + "\n"
