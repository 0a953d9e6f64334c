"""Remote artifacts by URI, whatever kind of server they lie on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mlpack.ports import Delivery, Progress
from mlpack.sources import hub, mounted, objects, web
from mlpack.sources.located import Located
from mlpack.sources.patience import Patience, patience_from
from mlpack.sources.transfer import begun_anew, transfer


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
            return Delivery(path=mounted.copy(uri, name, folder, progress))
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
