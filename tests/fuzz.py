"""Mutated manifests without end: none may end in a traceback, in a hang or in a full memory.

``python -m tests.fuzz --count 50000 --seed 1`` runs in batches, each in a process of its own, and
prints what it met. The test run does a small part of it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.mutations import ROOT, SMALL, bases, mutated

SLOWEST = 2.0
MOST_MEMORY = 300 * 1024 * 1024
BATCH = 2500
GOOD = 5
NOISE = [
    "\t", "  ", "\n", ":", ": ", "- ", "[", "]", "{", "}", "&a ", "*a", "!!int ", "!x ", "<<: *a",
    "'", '"', "|", ">", "%", "@", "`", "#", ",", "?", "---\n", "...\n", "\x00", "\x07", "\ufeff",
    "\u2028", "\u202e", "é", "模", "🙂", "\ud800", "0x", "1e999", ".nan", "~", "null", "yes", "010",
    "12:30", "1_000", "${A}", "\\", "\r", "\r\n", "\x85", "[" * 200, "{a: " * 100, "9" * 2000, "=",
]  # fmt: skip
FORMATS = ("full", "concise", "json", "github", "gitlab", "sarif")


def texts() -> list[str]:
    """Return good and bad manifests as text."""
    found = [*sorted(ROOT.glob("examples/*/mlpack.yaml")), ROOT / "mlpack.example.yaml"]
    refused = sorted((ROOT / "tests/cases/refuse").glob("*/mlpack.yaml"))
    small = [path for path in refused if path.stat().st_size < 5000]
    read = [path.read_text(encoding="utf-8", errors="replace") for path in [*found, *small]]
    return [yaml.safe_dump(SMALL, sort_keys=False), *read]


def variation(seeds: list[str], data: list[dict[str, Any]], random: Random) -> bytes:
    """Return one mutated manifest."""
    kind = random.random()
    if kind < 0.45:
        return _dumped(mutated(random.choice(data), random), random)
    # The first are good: few changes leave something for the last rules to judge.
    text = random.choice(seeds[:GOOD] if random.random() < 0.6 else seeds)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        text = _changed(text, seeds, random)
    raw = text.encode("utf-8", "surrogatepass")
    if kind > 0.95 and raw:
        at = random.randrange(len(raw))
        raw = raw[:at] + bytes([random.randrange(256)]) + raw[at + 1 :]
    return raw


def _dumped(value: Any, random: Random) -> bytes:
    if random.random() < 0.5:
        return json.dumps(value, ensure_ascii=random.random() < 0.5).encode("utf-8", "replace")
    flow = random.choice((True, False, None))
    text = yaml.safe_dump(value, sort_keys=False, default_flow_style=flow, allow_unicode=True)
    return text.encode("utf-8", "replace")


def _changed(text: str, seeds: list[str], random: Random) -> str:
    at = random.randrange(len(text) + 1)
    kind = random.randrange(6)
    if kind == 0:
        return text[:at] + random.choice(NOISE) + text[at:]
    if kind == 1:
        return text[:at] + text[at + random.randrange(1, 20) :]
    lines = text.splitlines(keepends=True) or [""]
    index = random.randrange(len(lines))
    if kind == 2:
        lines.insert(index, random.choice(lines))
    elif kind == 3:
        lines.insert(index, random.choice(random.choice(seeds).splitlines(keepends=True) or [""]))
    elif kind == 4:
        lines[index] = random.choice((" ", "   ", "\t", "- ")) + lines[index]
    else:
        del lines[index]
    return "".join(lines)


def _judged(project: Path, format: str) -> tuple[int, str]:
    """Return the exit code of ``mlpack validate`` and what it wrote."""
    from mlpack.__main__ import main

    said = io.StringIO()
    sys.argv = ["mlpack", "-C", str(project), "validate", "--format", format]
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0), said.getvalue()
    return -1, said.getvalue()


def _faults(exit_code: int, said: str, format: str, taken: float) -> list[str]:
    found = []
    if exit_code not in (0, 2):
        found.append(f"exit {exit_code}")
    if "Traceback" in said or "internal error in mlpack" in said:
        found.append("traceback or bug")
    if exit_code == 2 and not said.strip():
        found.append("refused without a word")
    if taken > SLOWEST:
        found.append(f"took {taken:.1f} s")
    if format in ("json", "gitlab", "sarif"):
        try:
            json.loads(said)
        except ValueError:
            found.append("its JSON is none")
    return found


def _furnish(project: Path) -> None:
    """Put there what the good manifests name, so that mutants of them reach the last rules."""
    for example in sorted((ROOT / "examples").glob("*/")):
        shutil.copytree(example, project, dirs_exist_ok=True)
        shutil.copytree(example, project / "examples" / example.name, dirs_exist_ok=True)
    (project / "model_code" / "__init__.py").touch()
    code = "import mlflow\n\nclass Model(mlflow.pyfunc.PythonModel):\n"
    code += "    def __init__(self, a=1): ...\n    def predict(self, context, model_input): ...\n"
    (project / "model_code" / "model.py").write_text(code)
    for name in ("a", "a.json", "b"):
        (project / name).write_text("{}")
    (project / "pyproject.toml").write_text('[project]\nname = "p"\nversion = "1"\n')


def batch(count: int, seed: int) -> dict[str, Any]:
    """Judge ``count`` manifests in this process, and return what was met."""
    random, seeds, data = Random(seed), texts(), bases()
    met: Counter[str] = Counter()
    faults: list[dict[str, Any]] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        _furnish(project)
        for number in range(count):
            raw = variation(seeds, data, random)
            (project / "mlpack.yaml").write_bytes(raw)
            format = FORMATS[number % len(FORMATS)]
            began = time.perf_counter()
            exit_code, said = _judged(project, format)
            taken = time.perf_counter() - began
            if taken > SLOWEST:
                # Twice slow is slow; once, the machine may have had other work.
                began = time.perf_counter()
                _judged(project, format)
                taken = time.perf_counter() - began
            slowest = max(slowest, taken)
            met[f"exit {exit_code}"] += 1
            for fault in _faults(exit_code, said, format, taken):
                shown = raw.decode("utf-8", "replace")
                faults.append(
                    {"fault": fault, "format": format, "text": shown, "said": said[-600:]}
                )
    memory = _most_memory()
    if memory > MOST_MEMORY:
        faults.append({"fault": f"{memory >> 20} MB of memory", "text": "", "said": ""})
    return {"met": met, "faults": faults, "slowest": slowest, "memory": memory}


def _most_memory() -> int:
    """Return this process's peak in bytes, without what it inherits of the one that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = re.search(r"^VmHWM:\s+(\d+) kB", status.read_text(), re.MULTILINE)
        if peak:
            return int(peak[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def batch_apart(count: int, seed: int) -> dict[str, Any]:
    """Run a batch in a process of its own; one that hangs or dies is a fault too."""
    command = [sys.executable, "-m", "tests.fuzz", "--batch", str(count), "--seed", str(seed)]
    try:
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=count, check=False
        )
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError) as error:
        fault = {"fault": f"the batch with seed {seed} died: {error}", "text": "", "said": ""}
        return {"met": {}, "faults": [fault], "slowest": 0.0, "memory": 0}
    return found


def main() -> int:
    """Run the batches, print the sum, and return 1 where there was a fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.batch:
        print(json.dumps(batch(asked.batch, asked.seed)))
        return 0
    met: Counter[str] = Counter()
    faults: list[dict[str, Any]] = []
    slowest, memory, began = 0.0, 0, time.monotonic()
    for index, start in enumerate(range(0, asked.count, BATCH)):
        found = batch_apart(min(BATCH, asked.count - start), asked.seed * 1_000_000 + index)
        met.update(found["met"])
        faults += found["faults"]
        slowest, memory = max(slowest, found["slowest"]), max(memory, found["memory"])
        for fault in found["faults"][:3]:
            print(json.dumps(fault, indent=1, ensure_ascii=False))
    minutes = (time.monotonic() - began) / 60
    print(f"{sum(met.values())} manifests in {minutes:.1f} min: {dict(met)}")
    print(f"slowest {slowest * 1000:.0f} ms, memory {memory >> 20} MB, faults {len(faults)}")
    return 1 if faults else 0


if __name__ == "__main__":
    os.environ.pop("GITHUB_STEP_SUMMARY", None)
    sys.exit(main())
