"""Which manifests a command line means: those it names, the nearest, or all below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlpack.cli.session import Session
from mlpack.core.errors import UsageError
from mlpack.manifest.locate import FILE_NAME, above, below, find, repository

_MAGIC = re.compile(r"[*?[]")
_NAMED = 3
_IGNORED = "manifests that git ignores, and those in packages, are only used if they are specified"


def manifest_paths(session: Session) -> list[Path]:
    """Return the manifests that the command line names, or those of the folder acted in.

    These are the nearest above within the repository, or else all below.
    """
    if session.changed is not None:
        return _of_changed(session.directory, session.changed)
    if not session.files:
        return _of_folder(session.directory)
    found = (path for name in session.files for path in _named(session.directory, name))
    return list(dict.fromkeys(found))


def one_manifest_path(session: Session) -> Path:
    """Return the one manifest that the command line means; raises ``UsageError`` for several."""
    paths = manifest_paths(session)
    if len(paths) == 1:
        return paths[0]
    shown = [session.shown(path) for path in paths]
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    raise UsageError(
        f"this command takes one manifest, found {', '.join(shown[:_NAMED])}{more}",
        hint=f"choose one, such as `-f {shown[0]}`",
    )


def _of_folder(folder: Path) -> list[Path]:
    nearest = next(above(folder, top=repository(folder)), None)
    if nearest is not None:
        return [nearest]
    # Nobody means to build whatever there is in their home.
    everywhere = folder.resolve() in (Path.home(), *Path.home().parents)
    # A manifest above the repository may still be meant: a project's code can be a submodule.
    return ([] if everywhere else _all_below(folder)) or [find(folder)]


def _of_changed(folder: Path, files: Sequence[str]) -> list[Path]:
    """Return the manifests whose projects these files are in, or have lost a file of."""
    from mlpack.adapters.git import deleted_files

    top = repository(folder)
    changed = [folder / name for name in files]
    found = {path for path in changed if _is_manifest(path.name) and path.is_file()}
    for place in {path.parent for path in (*changed, *deleted_files(folder))}:
        found.update(above(place, top=top))
    return sorted(found)


def _is_manifest(name: str) -> bool:
    return name == FILE_NAME or name.endswith(f".{FILE_NAME}")


def _named(folder: Path, name: str) -> Iterator[Path]:
    """Yield a manifest named by its file, all below a folder, or those that match a pattern."""
    path = folder / name
    if path.is_dir():
        found = _all_below(path)
        if not found:
            raise UsageError(f"no {FILE_NAME} found in {name} or below it", hint=_IGNORED)
        yield from found
    elif not path.exists() and _MAGIC.search(name):
        yield from _matching(folder, name)
    else:
        yield path


def _matching(folder: Path, pattern: str) -> Iterator[Path]:
    import glob

    # Path.glob takes no absolute pattern.
    places = sorted(glob.glob(pattern, root_dir=folder, recursive=True))  # noqa: PTH207
    found = [
        path
        for place in places
        for path in (_all_below(folder / place) if (folder / place).is_dir() else [folder / place])
    ]
    if not found:
        raise UsageError(f"no {FILE_NAME} matches {pattern}", hint=_IGNORED)
    yield from found


def _all_below(folder: Path) -> list[Path]:
    from mlpack.adapters.git import listed_files

    return below(folder, listed_files)
