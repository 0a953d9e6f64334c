"""Weights of any size: hashing, bytes written and read, memory, and growth.

``MLPACK_BENCH_GB`` says how large they are (8), ``TMPDIR`` on which file system.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.timing import ROOT, Figure, call, example, put_aside

GIGABYTES = float(os.environ.get("MLPACK_BENCH_GB", "8"))
# What mlpack says of itself when it ends: its own memory, not that of the model's process.
PROGRAM = """
import os, resource, sys
from mlpack.__main__ import main
try:
    main()
finally:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    open(os.environ["BENCH_PEAK"], "w").write(str(peak))
"""
HASH = """
import sys
from pathlib import Path
from mlpack.core.digest import file_contents
file_contents(sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file()))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run took: seconds, bytes written and read by system calls, mlpack's peak memory."""

    seconds: float
    written: int
    read: int
    peak: int = 0


def large(where: Path, runs: int) -> list[Figure]:
    """Eight gigabytes in four shards: the first build, and a build after an edit of the code."""
    project = _project(where, "large")
    folder = project / "model_data/weights"
    _write_shards(folder, int(GIGABYTES * 1e9), 4)
    first, hashing, edited, plain = [], [], [], []
    for number in range(runs):
        hashing.append(_cost(lambda: _python(HASH, folder, cwd=project)))
        _forget(project)
        first.append(_cost(lambda: _build(project), project))
        _edit(project, number)
        edited.append(_cost(lambda: _build(project), project))
    _without_files(project)
    for number in range(runs):
        _edit(project, number)
        plain.append(_cost(lambda: _build(project), project))
    size = GIGABYTES * 1e9
    named = f"{GIGABYTES:g} GB"
    return [
        _figure(f"{named}, first build", first, hashing, "hashing it once with all cores", 1.25),
        _figure(f"{named}, one line edited", edited, plain, "the same edit without it", 1.2),
        _bytes(f"{named}, written by the first build", first, "written", size, 0.01),
        _bytes(f"{named}, written after an edit", edited, "written", size, 0.01),
        _bytes(f"{named}, read after an edit", edited, "read", size, 0.05),
        _bytes("mlpack's peak memory, against 200 MB", [*first, *edited], "peak", 200e6, 1),
    ]


def small_files(where: Path, runs: int) -> list[Figure]:
    """Ten thousand files of 10 kB, against `cp -r` and hashing."""
    project = _project(where, "small")
    folder = project / "model_data/weights"
    _write_files(folder, 10_000, 10_000)
    ours, hand, plain = [], [], []
    for number in range(runs):
        _forget(project, aside=True)
        ours.append(_cost(lambda: _build(project), project))
        copy = project / f"copy-{number}"
        hand.append(_cost(lambda copy=copy: _copy_and_hash(folder, copy)))  # type: ignore[misc]
    _without_files(project)
    for _ in range(runs):
        _forget(project, aside=True)
        plain.append(_cost(lambda: _build(project), project))
    rest = _median(plain)
    what = "cp -r, then sha256sum"
    named = "10,000 files of 10 kB"
    return [
        _figure(named, ours, hand, what, 2, less=rest, note=" on top of the build without them"),
        _figure(named, ours, hand, what, 2, note=", the whole first build"),
    ]


def growth(where: Path, runs: int) -> list[Figure]:
    """The cost of a first build as bytes and files grow, each against the step before."""
    figures = []
    project = _project(where, "growth")
    folder = project / "model_data/weights"
    steps: list[tuple[str, Callable[[], None]]] = [
        (f"{size:g} GB", lambda size=size: _write_shards(folder, int(size * 1e9), 4))
        for size in (GIGABYTES / 8, GIGABYTES / 4, GIGABYTES / 2, GIGABYTES)
    ]
    steps += [
        (f"{count} files", lambda count=count: _write_files(folder, count, 10_000))
        for count in (1_250, 2_500, 5_000, 10_000, 20_000)
    ]
    _write_files(folder, 1, 1)
    base = _first(project, runs)
    before = {"GB": 0.0, "files": 0.0}
    for name, write in steps:
        kind = name.split()[1]
        if kind == "GB":
            shutil.rmtree(folder)
        else:
            folder.rename(where / f"before {name}")
        write()
        cost = max(_first(project, runs, many=kind == "files") - base, 0.001)
        half, before[kind] = before[kind], cost
        if half:
            figures.append(
                Figure(
                    name=f"{name}, on top of a first build without",
                    ours=cost,
                    other=half,
                    what_other="half as much",
                    target="2.5",
                    met=cost / half <= 2.5,
                )
            )
    return figures


BENCHMARKS = {"large": large, "small-files": small_files, "growth": growth}


def _project(where: Path, name: str) -> Path:
    """Make the quickstart with one more artifact, its environment made already."""
    project = example("quickstart", where / name)
    manifest = project / "mlpack.yaml"
    text = manifest.read_text()
    line = "  classifier: model_data/classifier.json\n"
    _build(project)
    (project / "plain.yaml").write_text(text)
    manifest.write_text(text.replace(line, f"{line}  weights: model_data/weights\n"))
    return project


def _without_files(project: Path) -> None:
    shutil.copyfile(project / "plain.yaml", project / "mlpack.yaml")
    _build(project)


def _write_shards(folder: Path, size: int, count: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    block = os.urandom(1 << 20)
    for number in range(count):
        with (folder / f"{number}.bin").open("wb") as file:
            # So that no two shards are one blob.
            file.write(number.to_bytes(8, "big"))
            for _ in range(size // count // len(block)):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())


def _write_files(folder: Path, count: int, size: int) -> None:
    content = os.urandom(size)
    for number in range(count):
        path = folder / f"{number % 100:02}/{number:05}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:-8] + number.to_bytes(8, "big"))
    os.sync()


def _forget(project: Path, *, aside: bool = False) -> None:
    """Leave the environment, and nothing else that an earlier build left; or put it aside."""
    cache = project / "cache"
    left = [path for path in cache.iterdir() if path.name not in ("environments", "indexes")]
    if aside:
        put_aside(project / "dist", *left)
        return
    for path in [project / "dist", *left]:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    os.sync()


def _edit(project: Path, number: int) -> None:
    with (project / "model_code/classifier.py").open("a") as file:
        file.write(f"# {time.time_ns()} {number}\n")


def _build(project: Path) -> None:
    _python(PROGRAM, "build", cwd=project)


def _python(program: str, *words: str | Path, cwd: Path) -> None:
    cache = cwd / "cache"
    env = {
        "PYTHONPATH": str(ROOT),
        "MLPACK_CACHE_DIR": str(cache),
        "BENCH_PEAK": str(cwd / "peak.txt"),
    }
    call([sys.executable, "-c", program, *words], cwd, env)


def _copy_and_hash(folder: Path, copy: Path) -> None:
    started = "cp -r {0} {1} && find {1} -type f -print0 | xargs -0 sha256sum > /dev/null"
    call(["sh", "-c", started.format(folder, copy)], folder)


def _first(project: Path, runs: int, *, many: bool = False) -> float:
    costs = []
    for _ in range(runs):
        _forget(project, aside=many)
        costs.append(_cost(lambda: _build(project)))
    return _median(costs)


def _cost(run: Callable[[], None], project: Path | None = None) -> Cost:
    before, started = _io(), time.perf_counter()
    run()
    seconds, after = time.perf_counter() - started, _io()
    peak = int((project / "peak.txt").read_text()) if project else 0
    return Cost(
        seconds=seconds,
        written=after["write_bytes"] - before["write_bytes"],
        read=after["rchar"] - before["rchar"],
        peak=peak,
    )


def _io() -> Mapping[str, int]:
    """Return what this process and the children it has waited for did, where the system says."""
    try:
        lines = Path("/proc/self/io").read_text().splitlines()
    except OSError:
        return {"write_bytes": 0, "rchar": 0}
    return {name: int(value) for name, value in (line.split(": ") for line in lines)}


def _median(costs: list[Cost]) -> float:
    return statistics.median(cost.seconds for cost in costs)


def _figure(
    name: str,
    ours: list[Cost],
    hand: list[Cost],
    what: str,
    limit: float,
    *,
    less: float = 0.0,
    note: str = "",
) -> Figure:
    mine, theirs = _median(ours) - less, _median(hand)
    return Figure(
        name=name + note,
        ours=mine,
        other=theirs,
        what_other=what,
        target=f"{limit:g}",
        met=mine / theirs <= limit,
    )


def _bytes(name: str, costs: list[Cost], what: str, size: float, limit: float) -> Figure:
    """Compare bytes, in GB; of several runs the worst counts."""
    most = max(getattr(cost, what) for cost in costs) / 1e9
    return Figure(
        name=name,
        ours=most,
        other=size / 1e9,
        what_other="all of it",
        target=f"{limit:g}",
        met=most / (size / 1e9) <= limit,
        unit="GB",
    )
