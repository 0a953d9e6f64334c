"""What the README's pictures show: a build and its errors, run for real."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT
from tests.pictures.svg import picture
from tests.pictures.terminal import PLAIN, Cell, screen_of

FOLDER = ROOT / "docs" / "pictures"

_MISTAKES = (
    ('version: "1.0.0"', "version: 1.0"),
    ("IrisClassifier", "IrisClasifier"),
    ("\npython:", "\npyhton:"),
)

# What varies from run to run, as it is on a quiet machine (docs/performance.md), so that the same
# program makes the same picture.
_FIGURES = (
    (r"Python (3\.\d+)\.\d+", r"Python \1.7"),
    (r"(Environment ready .*)\([\d.]+ s\)", r"\1(2.6 s)"),
    (r"(Saved .*)\([\d.]+ s\)", r"\1(1.3 s)"),
    (r"(Predicted .*)\([\d.]+ s\)", r"\1(1.1 s)"),
    (r" in [\d.]+ s$", " in 5.5 s"),
    (
        r"load [\d.]+ s, predict [\d.]+ s, peak memory [\d.]+ MB",
        "load 0.9 s, predict 0.1 s, peak memory 198.4 MB",
    ),
)


def build_picture() -> str:
    """Return the picture of the first build of the quickstart, with nothing kept from before."""
    with _project() as (folder, env):
        rows = _told(folder, env, "build")
    return picture("A first build", _spoken(rows), rows)


def error_picture() -> str:
    """Return the picture of `validate` with three mistakes in the quickstart's manifest."""
    with _project() as (folder, env):
        manifest = folder / "mlpack.yaml"
        text = manifest.read_text(encoding="utf-8")
        for right, wrong in _MISTAKES:
            text = text.replace(right, wrong)
        manifest.write_text(text, encoding="utf-8")
        rows = _told(folder, env, "validate")
    return picture("Three mistakes at once", _spoken(rows), rows)


@contextmanager
def _project() -> Iterator[tuple[Path, dict[str, str]]]:
    """Give a copy of the quickstart, and surroundings with an empty cache."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "quickstart")
        leave = shutil.ignore_patterns("dist", "__pycache__", ".venv")
        shutil.copytree(ROOT / "examples" / "quickstart", folder, ignore=leave)
        inherited = {name: os.environ[name] for name in os.environ if name not in _CALLERS}
        yield (
            folder,
            {
                **inherited,
                "MLPACK_CACHE_DIR": str(Path(place, "cache")),
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
            },
        )


_CALLERS = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "CI", "GITHUB_ACTIONS", "SOURCE_DATE_EPOCH")


def _told(folder: Path, env: dict[str, str], *arguments: str) -> list[list[Cell]]:
    screen = screen_of([sys.executable, "-m", "mlpack", *arguments], folder, env)
    while screen and not screen[-1]:
        screen.pop()
    prompt: list[Cell] = [("$", frozenset({"prompt"})), (" ", PLAIN)]
    typed = [(char, frozenset({"typed"})) for char in " ".join(("mlpack", *arguments))]
    return [prompt + typed, *map(_quiet, screen)]


def _quiet(cells: list[Cell]) -> list[Cell]:
    """Return a row with the figures of a quiet run; a row with figures has one style at its end."""
    text = "".join(char for char, _ in cells)
    settled = text
    for pattern, figure in _FIGURES:
        settled = re.sub(pattern, figure, settled)
    pairs = enumerate(zip(text, settled, strict=False))
    same = next((place for place, (old, new) in pairs if old != new), len(settled))
    style = cells[-1][1] if cells else PLAIN
    return cells[:same] + [(char, style) for char in settled[same:]]


def _spoken(rows: list[list[Cell]]) -> str:
    return "\n".join("".join(char for char, _ in row) for row in rows)


PICTURES = {"build": build_picture, "error": error_picture}
