"""Which publisher serves a URI."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

from mlpack.adapters.publishers.buckets import BucketPublisher
from mlpack.adapters.sources.clients import patience_from
from mlpack.core.errors import UsageError
from mlpack.manifest.rules.publish import fault
from mlpack.ports.publishing import Publisher


class Places:
    """All publishers; ``environ`` tells where credentials and limits come from."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def of(self, uri: str) -> Publisher:
        """Return the publisher for a target or a source. Raises ``UsageError`` for no such kind."""
        if found := fault(uri):
            _, message, hint = found
            raise UsageError(f"{urlsplit(uri).scheme or uri}: {message}", hint=hint)
        return BucketPublisher(environ=self._environ, patience=patience_from(self._environ))
