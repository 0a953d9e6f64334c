"""Where remote artifacts come from: web servers, buckets, a model hub, mounted folders."""

from mlpack.sources.remote import RemoteSources

__all__ = ["RemoteSources"]
