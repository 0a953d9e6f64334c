"""Which pins only a folder of the project serves: the package must carry their files itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlpack.adapters.resolving.compatible import ServedFile
from mlpack.adapters.resolving.index import Indexes, Wanted
from mlpack.adapters.resolving.judging import Judged
from mlpack.adapters.resolving.pins import Pin
from mlpack.core.digest import file_digest
from mlpack.core.errors import DependencyError, OutsideError
from mlpack.lock.model import LockedPackage
from mlpack.lock.request import ResolveRequest


def with_shipped(
    found: tuple[Judged, ...],
    pins: Iterable[Pin],
    indexes: Indexes,
    request: ResolveRequest,
    environ: Mapping[str, str],
) -> tuple[Judged, ...]:
    """Mark the files that a ``find_links`` folder of the request has and no index does.

    Raises ``DependencyError`` where a git requirement leaves the package's lines without hashes:
    nothing would then tell the file in the package from one of the same name on an index.
    """
    folders = [link for link in request.find_links_now if link.startswith("file:")]
    if not folders:
        return found
    # What UV_FIND_LINKS names is this machine's, and neither the project's nor an index.
    ours = {_place(link) for link in (*folders, *environ.get("UV_FIND_LINKS", "").split(","))}
    asked = {pin.index: None for pin in pins if pin.index and _place(pin.index) not in ours}
    asked.update(dict.fromkeys(request.extra_index_urls))
    marked = tuple(_marked(each, folders, list(asked), indexes) for each in found)
    _check_hashes(marked)
    return marked


def _marked(judged: Judged, folders: list[str], elsewhere: list[str], indexes: Indexes) -> Judged:
    package = judged.package
    local = set() if package.url else set(_hashes_in(folders, package, indexes))
    served = _served(elsewhere, package.name, indexes) if local else set()
    return replace(judged, package=replace(package, shipped=tuple(sorted(local - served))))


def _hashes_in(folders: list[str], package: LockedPackage, indexes: Indexes) -> set[str]:
    files = indexes.files((folder, package.name) for folder in folders).values()
    paths = [file.path for listed in files for file in listed or () if file.path]
    return {file_digest(path).removeprefix("sha256:") for path in paths} & set(package.sha256)


def _served(elsewhere: list[str], name: str, indexes: Indexes) -> set[str | None]:
    return {file.sha256 for index in elsewhere for file in _listed((index, name), indexes)}


def _listed(wanted: Wanted, indexes: Indexes) -> Iterable[ServedFile]:
    try:
        return indexes.files([wanted], links=False)[wanted] or ()
    except OutsideError:
        # Some indexes answer 403 for a package that they do not have.
        return ()


def _check_hashes(found: tuple[Judged, ...]) -> None:
    shipped = [each.package.name for each in found if each.package.shipped]
    unhashed = [each.package.name for each in found if not each.package.sha256]
    if shipped and unhashed:
        raise DependencyError(
            f"`{shipped[0]}` comes from a project folder and needs a hash, which the git "
            f"requirement `{unhashed[0]}` rules out",
            hint=f"build a wheel of `{unhashed[0]}` into that folder, and require it without git",
        )


def _place(index: str) -> str:
    if index.startswith(("http://", "https://")):
        return index.rstrip("/")
    return str(Path(url2pathname(urlsplit(index).path) if "://" in index else index))
