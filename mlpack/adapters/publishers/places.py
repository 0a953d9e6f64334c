"""Which publisher serves a URI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from mlpack.adapters.publishers.buckets import BucketPublisher
from mlpack.adapters.publishers.hub import HubPublisher
from mlpack.adapters.publishers.mlflow import MlflowPublisher
from mlpack.adapters.publishers.oci import OciPublisher
from mlpack.adapters.sources.clients import patience_from
from mlpack.core.errors import UsageError
from mlpack.manifest.rules.publish import fault
from mlpack.ports.publishing import Publisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """All publishers; ``environ`` tells where credentials and limits come from."""

    environ: Mapping[str, str]
    mlflow: MlflowPublisher

    def of(self, uri: str) -> Publisher:
        """Return the publisher for a target or a source. Raises ``UsageError`` for no such kind."""
        if found := fault(uri):
            _, message, hint = found
            raise UsageError(f"{urlsplit(uri).scheme or uri}: {message}", hint=hint)
        if urlsplit(uri).scheme == "models":
            return self.mlflow
        patience = patience_from(self.environ)
        if urlsplit(uri).scheme == "oci":
            return OciPublisher(environ=self.environ, patience=patience)
        if urlsplit(uri).scheme == "hf":
            return HubPublisher(environ=self.environ, patience=patience)
        return BucketPublisher(environ=self.environ, patience=patience)

    def to(
        self, *, tracking_uri: str | None, aliases: tuple[str, ...], tags: Mapping[str, str]
    ) -> Places:
        """Return the places with what a command says besides its targets."""
        environ = dict(self.environ)
        if tracking_uri is not None:
            environ["MLFLOW_TRACKING_URI"] = tracking_uri
        registry = replace(self.mlflow, environ=environ, aliases=aliases, tags=tags)
        return replace(self, environ=environ, mlflow=registry)
