"""What is put into a package that is being made: code, files, the project's own wheels."""

from __future__ import annotations

import html
import os
import re
import shutil
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from mlpack.core.digest import Contents, file_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import WHEELS
from mlpack.package.code import CodeFile

_FILE_MODE = 0o644
_FOLDER_MODE = 0o755


def stage_code(files: Iterable[CodeFile], destination: Path) -> tuple[Path, ...]:
    """Copy code files below ``destination``; return the top-level paths, sorted."""
    tops: set[Path] = set()
    for file in files:
        copy_file(file.source, destination / file.target)
        tops.add(destination / file.target.parts[0])
    return tuple(sorted(tops))


def copy_content(source: Path, destination: Path) -> int:
    """Copy a file or a folder, links followed; return the bytes copied."""
    if source.is_file():
        return copy_file(source, destination)
    make_folder(destination)
    try:
        children = sorted(source.iterdir())
    except OSError as error:
        raise _unreadable(source, error) from error
    return sum(copy_content(child, destination / child.name) for child in children)


def copy_file(source: Path, destination: Path) -> int:
    """Copy one file's bytes, neither mode nor times; return how many."""
    make_folder(destination.parent)
    try:
        shutil.copyfile(source, destination)
        return destination.stat().st_size
    except OSError as error:
        raise _unreadable(source, error) from error


def make_folder(path: Path) -> None:
    """Make a folder and its parents."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot create {path}: {error.strerror}") from error


def settle_modes(package: Path) -> None:
    """Give files 0644 and folders 0755, whatever the umask was."""
    _settle(package, _FOLDER_MODE)
    for folder, names, files in os.walk(package):
        for name in names:
            _settle(f"{folder}{os.sep}{name}", _FOLDER_MODE)
        for name in files:
            _settle(f"{folder}{os.sep}{name}", _FILE_MODE)


def _settle(path: str | Path, mode: int) -> None:
    # Only where it differs: a needless chmod of a hardlink would touch what shares its inode.
    if stat.S_IMODE(os.lstat(path).st_mode) != mode:
        Path(path).chmod(mode)


def _unreadable(source: Path, error: OSError) -> OutsideError:
    return OutsideError(
        f"cannot copy {source}: {error.strerror}",
        hint="check that the file still exists and that the disk has free space",
    )


PAGE = "index.html"
_ENDINGS = (".whl", ".tar.gz", ".zip")
_LINKS = re.compile(r"(?:--find-links|-f)(?:=|\s+)(?!\w+:)(?P<folder>\S.*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A file to carry: where it is in the project, and its sha256."""

    path: Path
    sha256: str


def shipped_wheels(
    folders: Iterable[Path], environment: LockedEnvironment, contents: Contents
) -> tuple[Wheel, ...]:
    """Return what the lock says the package carries, by file name.

    Raises ``IntegrityError`` where no file of the folders is the pinned one.
    """
    wanted = {each: package for package in environment.packages for each in package.shipped}
    if not wanted:
        return ()
    names = {package.name for package in wanted.values()}
    paths = sorted(path for folder in folders for path in _files(folder) if _is_of(path, names))
    found: dict[str, Wheel] = {}
    for path, content in zip(paths, contents(paths), strict=True):
        sha256 = content.digest.removeprefix("sha256:")
        if sha256 in wanted:
            found.setdefault(sha256, Wheel(path=path, sha256=sha256))
    for sha256, package in wanted.items():
        if sha256 not in found:
            raise _missing(package)
    return tuple(sorted(found.values(), key=lambda each: each.path.name))


def lay_wheels(wheels: Iterable[Wheel], package: Path) -> None:
    """Copy ``wheels`` into a package that is being made, with their page.

    The page is for pip. Without the hashes in its links, pip takes a file of the same name and
    version on the index for the one that is meant, and then refuses it for its hash.
    """
    links = []
    for wheel in wheels:
        place = package / WHEELS / wheel.path.name
        copy_file(wheel.path, place)
        if file_digest(place) != f"sha256:{wheel.sha256}":
            raise IntegrityError(f"{wheel.path} changed while the package was being built")
        name = html.escape(wheel.path.name)
        links.append(f'<a href="{name}#sha256={wheel.sha256}">{name}</a><br/>\n')
    if links:
        page = f"<!DOCTYPE html>\n<html><body>\n{''.join(links)}</body></html>\n"
        (package / WHEELS / PAGE).write_text(page, encoding="utf-8", newline="\n")


def carried(package: Path, lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """Take the folders of the package itself out of its lines; return the rest, and the folders.

    Raises ``IntegrityError`` for a folder that is not there.
    """
    found = {line: matched["folder"] for line in lines if (matched := _LINKS.fullmatch(line))}
    for folder in found.values():
        if not (package / folder).is_dir():
            raise IntegrityError(
                f"{package} is missing the folder `{folder}`, which its requirements.txt uses",
                hint="restore the package, or build it again",
            )
    rest = tuple(line for line in lines if line not in found)
    return rest, tuple(package / folder for folder in found.values())


def borrowed(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the sha256 of each file for an installer in ``folders``, sorted."""
    digests = {file_digest(path) for folder in folders for path in _files(folder)}
    return tuple(sorted(digest.removeprefix("sha256:") for digest in digests))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if path.name.endswith(_ENDINGS) and path.is_file()]


def _is_of(path: Path, names: set[str]) -> bool:
    return canonicalize_name(path.name).startswith(tuple(names))


def _missing(package: LockedPackage) -> IntegrityError:
    return IntegrityError(
        f"no file in the `find_links` folders matches {package.name} {package.version}, "
        "which the lock pins",
        hint=f"restore the file, or run `mlpack lock -P {package.name}` if the change is intended",
    )
