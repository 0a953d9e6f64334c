"""Where remote artifacts come from: web servers, buckets, a model hub, mounted folders."""

from mlpack.sources.remote import RemoteSources
from mlpack.sources.shelf import DownloadShelf

__all__ = ["DownloadShelf", "RemoteSources"]
