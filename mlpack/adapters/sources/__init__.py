"""Where remote artifacts come from: web servers, buckets, a model hub, mounted folders."""

from mlpack.adapters.sources.partial import DownloadShelf
from mlpack.adapters.sources.remote import RemoteSources

__all__ = ["DownloadShelf", "RemoteSources"]
