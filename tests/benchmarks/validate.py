"""What `mlpack validate` costs, against importing what it cannot do without.

``python -m tests.benchmarks.validate`` prints the medians, as multiples of
``python -c "import typer, yaml"`` in the same run, and how the time grows with the file.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = (50, 500, 1000, 2000, 5000)
Times = tuple[float, float]
GOOD_LIMIT, BAD_LIMIT = 1.6, 3.0
HEAD = (ROOT / "tests/cases/refuse/unknown-key-typo/mlpack.yaml").read_text(encoding="utf-8")


def _timed(command: list[str], folder: Path) -> Times:
    """Return the seconds on the wall, and of the processor."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    # Compiled modules are what an installed program has.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    taken, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return taken, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _validate(folder: Path) -> list[str]:
    return [sys.executable, "-m", "mlpack", "-C", str(folder), "validate"]


def good(lines: int) -> str:
    """Return a valid manifest of about so many lines."""
    text = HEAD.replace("pyhton", "python")
    entries = (f"  key_{number}: {number}\n" for number in range(lines - text.count("\n")))
    return text + "model_config:\n" + "".join(entries)


def bad(lines: int) -> str:
    """Return a manifest of about so many lines with a mistake on every tenth."""
    text = HEAD.replace("pyhton", "python")
    entries = (
        f"  key_{number}: {number if number % 10 == 0 else 'text'}\n"
        for number in range(lines - text.count("\n"))
    )
    return text + "tags:\n" + "".join(entries)


def _project(folder: Path, text: str) -> Path:
    (folder / "model_code").mkdir(parents=True)
    (folder / "model_code" / "__init__.py").touch()
    case = ROOT / "tests/cases/refuse/unknown-key-typo/model_code/model.py"
    (folder / "model_code" / "model.py").write_bytes(case.read_bytes())
    (folder / "mlpack.yaml").write_text(text, encoding="utf-8")
    return folder


def _medians(commands: dict[str, tuple[list[str], Path]], repeats: int) -> dict[str, Times]:
    """Run all commands by turns, so that whatever slows the machine slows all of them."""
    taken: dict[str, list[Times]] = {name: [] for name in commands}
    for _ in range(repeats + 1):
        for name, (command, folder) in commands.items():
            taken[name].append(_timed(command, folder))
    return {
        name: (
            statistics.median(wall for wall, _ in times[1:]),
            statistics.median(cpu for _, cpu in times[1:]),
        )
        for name, times in taken.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=15)
    repeats = parser.parse_args().repeats
    kinds: dict[str, Callable[[int], str]] = {"good": good, "bad": bad}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        base = [sys.executable, "-c", "import typer, yaml"]
        commands = {"import typer, yaml": (base, folder)}
        quickstart = ROOT / "examples" / "quickstart"
        commands["a good file"] = (_validate(quickstart), folder)
        for case in ("unknown-key-typo", "many-mistakes"):
            commands[case] = (_validate(ROOT / "tests/cases/refuse" / case), folder)
        for kind, make in kinds.items():
            for lines in LINES:
                project = _project(folder / f"{kind}-{lines}", make(lines))
                commands[f"{kind}, {lines:,} lines"] = (_validate(project), folder)
        found = _medians(commands, repeats)
    unit = found["import typer, yaml"]
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"medians of {repeats}; limits: {GOOD_LIMIT} for a good file, {BAD_LIMIT} for a bad one")
    print(f"{'':24} {'wall':>10} {'':>8} {'processor':>12}")
    for name, (wall, cpu) in found.items():
        times = f"{wall / unit[0]:5.2f} x  {cpu * 1000:7.0f} ms  {cpu / unit[1]:5.2f} x"
        print(f"{name:24} {wall * 1000:7.0f} ms  {times}")
    for kind in kinds:
        few, many = (found[f"{kind}, {lines:,} lines"][1] for lines in (LINES[1], LINES[-1]))
        each = (many - few) / (LINES[-1] - LINES[1])
        print(f"{kind}: {each * 1e6:.0f} µs a line, of the processor")


if __name__ == "__main__":
    main()
