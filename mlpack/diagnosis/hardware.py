"""What a model can compute on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from mlpack.report import Fact


def check_gpu(environ: Mapping[str, str]) -> Fact:
    """Say which NVIDIA GPUs are in sight; a build needs none."""
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return Fact(subject="GPU", text="none in sight (there is no nvidia-smi)")
    query = ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            [program, *query], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        done = None
    cards = [] if done is None else [line.strip() for line in done.stdout.splitlines() if line]
    if done is None or done.returncode or not cards:
        return Fact(
            subject="GPU",
            text="nvidia-smi is there and does not see a GPU",
            code="gpu-unseen",
            severity="warning",
            hint="Check the driver; in a container, pass the GPU in.",
        )
    hidden = environ.get("CUDA_VISIBLE_DEVICES")
    note = f" (CUDA_VISIBLE_DEVICES is {hidden!r})" if hidden is not None else ""
    return Fact(subject="GPU", text="; ".join(cards) + note)
