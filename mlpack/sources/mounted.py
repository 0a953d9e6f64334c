"""Files of this machine outside the project, such as a mounted share."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlpack.digest import tree_files
from mlpack.errors import OutsideError
from mlpack.ports import Progress
from mlpack.sources import failures


def copy(uri: str, name: str, folder: Path, progress: Progress) -> Path:
    """Copy the file or folder at a ``file://`` URI into ``folder``; return its path there."""
    source = Path(unquote(urlsplit(uri).path))
    if not source.exists():
        raise failures.missing(uri)
    target = folder / "content"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        target.mkdir(parents=True)
        pairs = _pairs(source, target, name)
        total, done = sum(each.stat().st_size for each, _ in pairs), 0
        for each, destination in pairs:
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(each, destination)
            done += destination.stat().st_size
            progress(done, total)
    except OSError as error:
        raise OutsideError(f"{uri} cannot be copied: {error.strerror}") from error
    return target / name if source.is_file() else target


def _pairs(source: Path, target: Path, name: str) -> list[tuple[Path, Path]]:
    if source.is_file():
        return [(source, target / name)]
    return [(each, target / each.relative_to(source)) for each in tree_files(source)]
