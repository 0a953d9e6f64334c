"""Sources written in a few lines, and importers asked by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from mlpack.authoring.importers import IMPORTERS, Imported, Source

MODEL = """
import mlflow


class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input
"""


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder; return it."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def read(kind: str, folder: Path, *words: str, recorded: Any = None) -> Imported:
    """Let the importer of a kind read a source that it alone may claim first."""
    source = Source(words=words or (str(folder),), folder=folder, recorded=recorded)
    claimed = next(name for name, each in IMPORTERS.items() if each.recognises(source))
    assert claimed == kind
    return IMPORTERS[kind].read(source)


def values(imported: Imported, variant: str | None = None) -> dict[str, Any]:
    """Return the plain values of the keys, of one variant laid over the others."""
    keys = dict(imported.keys)
    if variant is not None:
        keys.update(imported.variants[variant])
    return {name: key.value for name, key in keys.items()}


def left(imported: Imported) -> str:
    """Return what was not carried over, one a line."""
    return "\n".join(f"{entry.what}: {entry.why}" for entry in imported.left)
