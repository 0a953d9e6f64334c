"""Remote artifacts by URI, whatever kind of server or mounted folder they are on."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from mlpack.adapters.sources import failures, hub, objects, web
from mlpack.adapters.sources.clients import Patience, patience_from
from mlpack.adapters.sources.located import Located
from mlpack.adapters.sources.transfer import begun_anew, transfer
from mlpack.core.digest import tree_files
from mlpack.core.errors import OutsideError
from mlpack.ports import Delivery, Progress


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


class RemoteSources:
    """Downloads files and folders; ``environ`` tells where credentials and limits come from."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, patience: Patience | None = None
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._patience = patience or patience_from(self._environ)

    def fetch(
        self, uri: str, name: str, folder: Path, *, revision: str | None, progress: Progress
    ) -> Delivery:
        """Download what ``uri`` names into ``folder``, going on with what is there already.

        Raises ``OutsideError``; what has arrived then stays for the next try.
        """
        if urlsplit(uri).scheme == "file":
            return Delivery(path=copy(uri, name, folder, progress))
        found: list[Located] = []

        def download() -> Path:
            located = self._locate(uri, name, revision)
            found.append(located)
            return transfer(located, folder, uri, self._patience, progress)

        path = begun_anew(uri, download)
        located = found[-1]
        hub.compare(located, path, uri)
        return Delivery(path=path, revision=located.revision, promised=_promised(located))

    def _locate(self, uri: str, name: str, revision: str | None) -> Located:
        scheme = urlsplit(uri).scheme
        if scheme == "hf":
            return hub.locate(uri, name, revision, self._patience, self._environ)
        if scheme in ("http", "https"):
            return web.locate(uri, name, self._patience, self._environ)
        return objects.locate(uri, name, self._patience, self._environ)


def _promised(located: Located) -> dict[str, str]:
    return {
        str(file.name): file.digest
        for file in located.files
        if file.digest is not None and file.digest.startswith("sha256:")
    }
