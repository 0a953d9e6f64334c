"""One file of a web server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from mlpack.adapters.sources.buckets import Bucket
from mlpack.adapters.sources.clients import Patience, login, settings
from mlpack.adapters.sources.located import Located


def locate(uri: str, name: str, patience: Patience, environ: Mapping[str, str]) -> Located:
    """Ask the server for the file at ``uri``."""
    from obstore.store import HTTPStore

    parts = urlsplit(uri)
    headers = login(parts.hostname or "", environ)
    options = settings(patience, environ, plain=parts.scheme == "http", headers=headers)
    # The whole URI is the store's address, so that it is asked for as it is written.
    store = HTTPStore.from_url(uri, **options)
    bucket = Bucket(store=store, uri=uri, headers=tuple(headers.items()))
    return Located(files=(bucket.describe("", PurePosixPath(name)),), reader=bucket, folder=False)
