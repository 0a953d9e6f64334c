"""What this machine offers a build: tools, disks, the cache folder, a GPU."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from mlpack.adapters.uv import Uv, find_interpreter
from mlpack.core.errors import MlpackError
from mlpack.ports.report import Fact
from mlpack.storage.cache import MOVE, is_noexec


def check_gpu(environ: Mapping[str, str]) -> Fact:
    """Say which NVIDIA GPUs are in sight; a build needs none."""
    program = shutil.which("nvidia-smi", path=environ.get("PATH"))
    if program is None:
        return Fact(subject="GPU", text="none found (no nvidia-smi)")
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
            text="nvidia-smi is installed but finds no GPU",
            code="gpu-unseen",
            severity="warning",
            hint="Check the driver; in a container, pass the GPU through.",
        )
    hidden = environ.get("CUDA_VISIBLE_DEVICES")
    note = f" (CUDA_VISIBLE_DEVICES is {hidden!r})" if hidden is not None else ""
    return Fact(subject="GPU", text="; ".join(cards) + note)


ROOM = 1_000_000_000
"""Bytes: a light environment and a package fit in, barely."""
COMFORT = 5_000_000_000
"""Bytes: an environment with a CPU build of PyTorch fits in."""
_PATIENCE = 1.0
"""Seconds to count a cache; a large one takes longer, and nobody waits for that."""


def check_cache(cache: Path) -> Fact:
    """Say where the cache folder is and what it holds, and whether it can be used."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=cache):
            pass
    except OSError as error:
        text = f"{cache} cannot be written: {error.strerror}"
        return Fact(
            subject="cache",
            text=text,
            severity="error",
            code="cache-unwritable",
            hint=sentence(MOVE),
        )
    if is_noexec(cache):
        return Fact(
            subject="cache",
            text=f"{cache} is on a file system mounted with `noexec`, so that environments there "
            "cannot load their libraries",
            severity="error",
            code="cache-noexec",
            hint="Set MLPACK_CACHE_DIR to a folder on another file system.",
        )
    return Fact(subject="cache", text=f"{cache}, {_measured(cache)}")


def _measured(folder: Path) -> str:
    size, whole = _size(folder)
    return f"{'' if whole else 'more than '}{_shown(size)}"


def sentence(hint: str | None) -> str | None:
    """Return an error's hint as the sentence that a fact has."""
    return hint and f"{hint[0].upper()}{hint[1:]}."


def check_package_cache(uv: Uv, cache: Path) -> Iterator[Fact]:
    """Say where uv's cache is, unless it is part of mlpack's, and whether uv can use it."""
    try:
        folder = uv.cache
        # Any call but those for the folder's name makes uv open the cache.
        uv.run("python", "list", "--only-installed", "3.99")
    except MlpackError as error:
        yield Fact(
            subject="uv cache",
            text=error.message,
            severity="error",
            code="cache-unwritable",
            hint=sentence(error.hint),
        )
        return
    if not folder.is_relative_to(cache):
        yield Fact(subject="uv cache", text=f"{folder}, {_measured(folder)}")


def check_temporary() -> Iterator[Fact]:
    """Say that there is no folder for temporary files, if so."""
    try:
        with tempfile.TemporaryFile():
            return
    except OSError:
        yield Fact(
            subject="temporary files",
            text="no folder for temporary files is writable",
            severity="error",
            code="no-temporary-folder",
            hint="Set TMPDIR to a folder that you may write to.",
        )


def check_disk(places: Iterable[Path]) -> Iterator[Fact]:
    """Say how much room there is on each file system that a build writes to."""
    seen: set[int] = set()
    for place in places:
        folder = next((each for each in (place, *place.parents) if each.is_dir()), None)
        if folder is None or (device := folder.stat().st_dev) in seen:
            continue
        seen.add(device)
        yield _room(folder)


def _room(folder: Path) -> Fact:
    free = shutil.disk_usage(folder).free
    text = f"{_shown(free)} free at {folder}"
    hint = "Free some space, or move the cache (MLPACK_CACHE_DIR) and temporary files (TMPDIR)."
    if free < ROOM:
        return Fact(subject="disk", text=text, severity="error", code="disk-full", hint=hint)
    if free < COMFORT:
        return Fact(subject="disk", text=text, code="disk-low", hint=hint, severity="warning")
    return Fact(subject="disk", text=text)


def _size(folder: Path) -> tuple[int, bool]:
    """Return the bytes of all files below a folder, hard links counted once; whether all."""
    total, seen, started = 0, set(), time.monotonic()
    for here, _, names in os.walk(folder):
        if time.monotonic() - started > _PATIENCE:
            return total, False
        for name in names:
            try:
                found = os.lstat(f"{here}/{name}")
            except OSError:
                continue
            if found.st_nlink == 1 or (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_size
    return total, True


def _shown(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


_ALL = ("3.10", "3.11", "3.12", "3.13")


def check_uv(uv: Uv) -> Fact:
    """Say which uv runs, and whether it is as new as mlpack asks for."""
    try:
        answer = uv.run("--version")
    except MlpackError as error:
        return Fact(
            subject="uv", text=error.message, severity="error", code="no-uv", hint=error.hint
        )
    found = re.search(r"\d+(\.\d+)+", answer.stdout)
    if answer.code or found is None:
        hint = "Reinstall it: `pip install --force-reinstall uv`."
        return Fact(subject="uv", text="uv does not run", severity="error", code="no-uv", hint=hint)
    text = f"{found[0]}, at {uv.executable}"
    needed = _needed_uv()
    if needed and _parts(found[0]) < _parts(needed):
        hint = "Run `pip install --upgrade uv` where mlpack is installed."
        message = f"{text}; mlpack requires {needed} or later"
        return Fact(subject="uv", text=message, code="old-uv", hint=hint, severity="warning")
    return Fact(subject="uv", text=text)


def absent_uv(error: MlpackError) -> Fact:
    """Say that there is no uv to start."""
    return Fact(subject="uv", text=error.message, severity="error", code="no-uv", hint=error.hint)


def check_interpreters(uv: Uv, pythons: Iterable[str]) -> Iterator[Fact]:
    """Say which interpreter serves each Python asked for; without any, which ones there are."""
    asked = sorted(set(pythons), key=_parts)
    for minor in asked or _ALL:
        try:
            found = find_interpreter(uv, minor)
        except MlpackError:
            # uv has no cache, which is said elsewhere: nothing is known of interpreters.
            return
        if found:
            yield Fact(subject=f"Python {minor}", text=f"{found.version}, at {found.path}")
        elif asked:
            yield Fact(
                subject=f"Python {minor}",
                text=f"Python {minor} is not installed, but the manifest requires it",
                severity="error",
                code="no-interpreter",
                hint=f"Run `uv python install {minor}`.",
            )


def _needed_uv() -> str | None:
    try:
        lines = requires("mlpack-mlflow") or ()
    except PackageNotFoundError:
        return None
    found = [re.fullmatch(r"uv\s*>=\s*([\d.]+).*", line) for line in lines]
    return next((match[1] for match in found if match), None)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
