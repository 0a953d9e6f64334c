"""Wheels that only the project has: they travel in the package, with a page that lists them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from mlpack.core.digest import Contents, file_digest
from mlpack.core.errors import IntegrityError
from mlpack.lock.model import LockedEnvironment, LockedPackage
from mlpack.lock.requirements import WHEELS
from mlpack.package.contents import copy_file

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
