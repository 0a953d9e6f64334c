"""A file or a folder in a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from mlpack.adapters.sources import failures
from mlpack.adapters.sources.buckets import Bucket
from mlpack.adapters.sources.clients import Patience
from mlpack.adapters.sources.clouds import stores
from mlpack.adapters.sources.located import Located
from mlpack.core.errors import OutsideError


def locate(uri: str, name: str, patience: Patience, environ: Mapping[str, str]) -> Located:
    """Find the object at ``uri``, or the folder: all objects whose names begin with it and `/`."""
    parts = urlsplit(uri)
    refused: OutsideError | None = None
    for store in stores(parts.scheme, parts.netloc, patience, environ):
        try:
            return _locate(Bucket(store=store, uri=uri), unquote(parts.path[1:]), name)
        except OutsideError as error:
            # What the first caller hears is what the user can do something about.
            refused = refused or error
    raise refused or failures.missing(uri)


def _locate(bucket: Bucket, key: str, name: str) -> Located:
    if not key.endswith("/"):
        try:
            file = bucket.describe(key, PurePosixPath(name))
        except OutsideError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
        else:
            return Located(files=(file,), reader=bucket, folder=False)
    files = bucket.listed(key.rstrip("/"))
    if not files:
        raise failures.missing(bucket.uri)
    return Located(files=tuple(files), reader=bucket, folder=True)
