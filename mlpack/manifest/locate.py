"""Where manifests lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mlpack.core.errors import UsageError

FILE_NAME = "mlpack.yaml"


def find(start: Path) -> Path:
    """Return the nearest ``mlpack.yaml`` in ``start`` or above.  Raises ``UsageError``."""
    folder = start.absolute()
    for place in (folder, *folder.parents):
        if (place / FILE_NAME).is_file():
            return place / FILE_NAME
    hint = "Run `mlpack init` for a new project, or specify a manifest with `-f`."
    if (folder / "mlpack.yml").is_file():
        hint = f"Rename mlpack.yml to {FILE_NAME}, or specify it with `-f`."
    raise UsageError(f"No {FILE_NAME} found in {start} or any parent folder.", hint=hint)


def below(folder: Path) -> Iterator[Path]:
    """Yield every ``mlpack.yaml`` in ``folder`` or below, but for what nobody writes by hand."""
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if _written_by_hand(Path(place, name)))
        if FILE_NAME in files:
            yield Path(place, FILE_NAME)


def _written_by_hand(folder: Path) -> bool:
    hidden = folder.name.startswith(".") or folder.name in ("node_modules", "__pycache__")
    # Environments and packages hold copies of other people's files.
    return not (hidden or (folder / "pyvenv.cfg").exists() or (folder / "MLmodel").exists())
