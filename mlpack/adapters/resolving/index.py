"""What package indexes say of their files: name, hash and Requires-Python."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import tempfile
import threading
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from email.parser import HeaderParser
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.utils import canonicalize_name

from mlpack.adapters.resolving.asking import THREADS, IndexClient
from mlpack.adapters.resolving.compatible import ServedFile
from mlpack.adapters.uv import Uv
from mlpack.core.errors import OutsideError

Wanted = tuple[str, str]
"""An index as uv names it (no credentials), and a package."""


class Indexes:
    """Asks indexes and keeps what they said.

    ``cache`` holds their last answers for times without a network; each page is asked for once
    in the life of this object.
    """

    def __init__(self, uv: Uv, cache: Path | None, *, offline: bool) -> None:
        self._uv = uv
        self._cache = cache
        self._offline = offline
        self._known: dict[Wanted, tuple[ServedFile, ...] | None] = {}

    def prepare(self) -> None:
        """Import what asking takes on a thread of its own, while the caller waits for uv."""
        if not self._offline:
            threading.Thread(target=_import_all, name="mlpack-index-imports").start()

    def files(
        self, wanted: Iterable[Wanted], *, links: bool = True
    ) -> Mapping[Wanted, tuple[ServedFile, ...] | None]:
        """Return each package's files; ``None`` where offline and never asked before.

        ``links``: what has no page for a package may be a page of links itself. Do not try that
        where the package may be missing: the page of a whole index has tens of megabytes.

        Raises ``OutsideError`` where an index does not answer.
        """
        distinct = list(dict.fromkeys(wanted))
        remote = [each for each in distinct if each not in self._known and _is_remote(each[0])]
        for each in distinct:
            if each not in self._known and not _is_remote(each[0]):
                self._known[each] = tuple(_local_files(each[0], each[1]))
        answers = self._remembered(remote) if self._offline else self._asked(remote, links)
        self._known.update(answers)
        return {each: self._known[each] for each in distinct}

    def _asked(
        self, wanted: list[Wanted], links: bool
    ) -> dict[Wanted, tuple[ServedFile, ...] | None]:
        if not wanted:
            return {}
        from concurrent.futures import ThreadPoolExecutor

        with IndexClient(self._uv) as client, ThreadPoolExecutor(THREADS) as pool:
            answers = pool.map(partial(_remote_files, client, links), wanted)
            found: dict[Wanted, tuple[ServedFile, ...] | None] = dict(
                zip(wanted, answers, strict=True)
            )
        for each, files in found.items():
            self._remember(each, files or ())
        return found

    def _remembered(self, wanted: list[Wanted]) -> dict[Wanted, tuple[ServedFile, ...] | None]:
        found: dict[Wanted, tuple[ServedFile, ...] | None] = {}
        for each in wanted:
            try:
                listed = json.loads(self._page(each).read_bytes()) if self._cache else None
            except (OSError, ValueError):
                listed = None
            found[each] = None if listed is None else tuple(ServedFile(**file) for file in listed)
        return found

    def _remember(self, wanted: Wanted, files: tuple[ServedFile, ...]) -> None:
        if self._cache is None:
            return
        page = self._page(wanted)
        page.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps([_stated(file) for file in files])
        with tempfile.NamedTemporaryFile("w", dir=page.parent, delete=False) as file:
            file.write(content)
        Path(file.name).replace(page)

    def _page(self, wanted: Wanted) -> Path:
        name = hashlib.sha256("\n".join(wanted).encode()).hexdigest()
        return (self._cache or Path()) / f"{name}.json"


def _import_all() -> None:
    for name in ("requests.adapters", "mousebender.simple"):
        importlib.import_module(name)


def _stated(file: ServedFile) -> dict[str, str | None]:
    # Not by asdict, which copies each value: there are ten thousands of files.
    return {
        "filename": file.filename,
        "sha256": file.sha256,
        "requires_python": file.requires_python,
        "yanked": file.yanked,
    }


def _remote_files(client: IndexClient, links: bool, wanted: Wanted) -> tuple[ServedFile, ...]:
    index, name = wanted
    answer = _page(client, f"{index.rstrip('/')}/{name}/", index)
    if answer is None and links:
        answer = _page(client, index, index)
    return () if answer is None else tuple(_listed(answer, name))


def _page(client: IndexClient, url: str, index: str) -> Any:
    from mousebender.simple import ACCEPT_SUPPORTED

    doing = "read which Python versions the files of a package support"
    return client.get(url, index, doing, headers={"Accept": ACCEPT_SUPPORTED})


def _listed(answer: Any, name: str) -> Iterator[ServedFile]:
    from mousebender.simple import UnsupportedMIMEType, parse_project_details

    kind = answer.headers.get("Content-Type", "text/html")
    try:
        details = parse_project_details(answer.text, kind, name)
    except (UnsupportedMIMEType, ValueError, KeyError) as error:
        raise OutsideError(f"The index page of {name} cannot be read: {error}") from error
    for file in details["files"]:
        filename = unquote(file["filename"])
        if _names(filename, name):
            yield _served(filename, file)


def _served(filename: str, stated: Mapping[str, Any]) -> ServedFile:
    """Return a file as the page of its package states it (PEP 691, PEP 592)."""
    yanked = stated.get("yanked", False)
    return ServedFile(
        filename=filename,
        sha256=stated.get("hashes", {}).get("sha256"),
        requires_python=stated.get("requires-python"),
        yanked=None if yanked is False else "" if yanked is True else " ".join(yanked.split()),
    )


def _is_remote(index: str) -> bool:
    return index.startswith(("http://", "https://"))


def _local_files(index: str, name: str) -> Iterator[ServedFile]:
    """Read a folder: pages of links as a static index has them, or the files themselves."""
    folder = Path(url2pathname(urlsplit(index).path)) if "://" in index else Path(index)
    page = folder / name / "index.html"
    if page.is_file():
        yield from _local_page(page, name)
        return
    for place in (folder / name, folder):
        if place.is_dir():
            with os.scandir(place) as entries:
                paths = sorted(Path(entry.path) for entry in entries if entry.is_file())
            yield from (_local(path) for path in paths if _names(path.name, name))


def _local_page(page: Path, name: str) -> Iterator[ServedFile]:
    from mousebender.simple import from_project_details_html

    for file in from_project_details_html(page.read_text(encoding="utf-8"), name)["files"]:
        yield _served(unquote(file["filename"]), file)


def _local(path: Path) -> ServedFile:
    requires = _requires_python(path) if path.suffix == ".whl" else None
    return ServedFile(filename=path.name, requires_python=requires, path=path)


def _requires_python(wheel: Path) -> str | None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [each for each in archive.namelist() if _METADATA.fullmatch(each)]
            text = archive.read(names[0]).decode("utf-8", "replace") if names else ""
    except (OSError, zipfile.BadZipFile):
        return None
    stated = HeaderParser().parsestr(text).get("Requires-Python")
    return None if stated is None else str(stated)


_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


# A package's files all begin with the same word.
_canonical = lru_cache(maxsize=1024)(canonicalize_name)


def _names(filename: str, name: str) -> bool:
    if not filename.endswith((".whl", ".tar.gz", ".zip")):
        return False
    stem = filename.split("-")[0] if filename.endswith(".whl") else filename.rpartition("-")[0]
    return _canonical(stem) == name
