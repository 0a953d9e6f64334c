"""Files on web servers and in buckets, read in ranges where their length is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mlpack.adapters.sources import failures
from mlpack.adapters.sources.failures import shown
from mlpack.adapters.sources.located import BrokenOffError, MovedError, RemoteFile
from mlpack.core.errors import OutsideError

if TYPE_CHECKING:
    from obstore.store import ObjectStore


_BLOCK = 1 << 20
_TIMEOUT = (10.0, 60.0)


def whole(uri: str, headers: Mapping[str, str]) -> Iterator[bytes]:
    """Yield the file in one answer, whose chunks say where it ends.

    An answer that simply stops when the connection does could be cut short unseen: it is refused.
    """
    import requests
    from urllib3.exceptions import HTTPError

    asked = {"Accept-Encoding": "identity", **headers}
    try:
        with requests.get(uri, headers=asked, stream=True, timeout=_TIMEOUT) as answer:
            _check(uri, answer.url, answer.headers, answer.status_code)
            yield from answer.raw.stream(_BLOCK, decode_content=False)
    except (HTTPError, requests.RequestException) as error:
        raise BrokenOffError("the response was cut off") from error


def _check(uri: str, came_from: str, headers: Mapping[str, str], status: int) -> None:
    if status != 200:
        raise OutsideError(f"{shown(uri)} cannot be downloaded: the server returned {status}")
    if uri.startswith("https:") and not came_from.startswith("https:"):
        raise OutsideError(
            f"{shown(uri)} is redirected to a server without https", hint="use another source"
        )
    if headers.get("Content-Encoding", "identity") != "identity":
        raise OutsideError(
            f"{shown(uri)} is sent compressed ({headers['Content-Encoding']}), although this was "
            "not requested",
            hint="use a source that serves the file as it is",
        )
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise OutsideError(
            f"the server of {shown(uri)} states neither the file's length nor its end",
            hint="use another source: a truncated file could not be detected",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A ``Reader`` of one bucket, or of one web server; ``uri`` is what errors call it."""

    store: ObjectStore
    uri: str
    headers: tuple[tuple[str, str], ...] = ()
    """What a web server is sent besides; only needed where it does not say a file's length."""

    def describe(self, key: str, name: PurePosixPath) -> RemoteFile:
        """Ask for one file, by its first byte: some servers refuse to be asked any other way."""
        from obstore.exceptions import BaseError, NotSupportedError

        try:
            meta = self._get(key, {"range": (0, 1)}).meta
        except NotSupportedError:
            return self._unranged(key, name)
        except BaseError as error:
            if _is_unranged(error):
                return self._unranged(key, name)
            raise failures.refusal(self.uri, error) from error
        except (OSError, ValueError) as error:
            raise failures.refusal(self.uri, error) from error
        return RemoteFile(name=name, key=key, size=meta["size"], tag=_tag(meta))

    def _unranged(self, key: str, name: PurePosixPath) -> RemoteFile:
        from obstore.exceptions import BaseError

        try:
            meta = self._get(key, {}).meta
        except (BaseError, OSError, ValueError) as error:
            if "Content-Length" in str(error):
                return RemoteFile(name=name, key=key, size=None, ranged=False)
            raise failures.refusal(self.uri, error) from error
        return RemoteFile(name=name, key=key, size=meta["size"], tag=_tag(meta), ranged=False)

    def listed(self, prefix: str) -> list[RemoteFile]:
        """Return the files below ``prefix``, which is a folder's name; none where it is none."""
        import obstore
        from obstore.exceptions import BaseError

        try:
            found = [meta for page in obstore.list(self.store, prefix=prefix) for meta in page]
        except (BaseError, OSError, ValueError) as error:
            raise failures.refusal(self.uri, error) from error
        return [
            RemoteFile(
                name=_below(meta["path"], prefix),
                key=meta["path"],
                size=meta["size"],
                tag=_tag(meta),
            )
            for meta in sorted(found, key=lambda meta: meta["path"])
            # Consoles mark a folder by an object of its name.
            if meta["path"].rstrip("/") != prefix.rstrip("/") and not meta["path"].endswith("/")
        ]

    def blocks(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` up to ``end``."""
        yield from self._stream(file, {"range": (start, end)})

    def whole(self, file: RemoteFile) -> Iterator[bytes]:
        """Yield all bytes of a file, as one answer."""
        if file.size is None:
            yield from whole(self.uri, dict(self.headers))
        else:
            yield from self._stream(file, {})

    def _stream(self, file: RemoteFile, options: Any) -> Iterator[bytes]:
        from obstore.exceptions import BaseError

        try:
            answer = self._get(file.key, options)
        except (BaseError, OSError, ValueError) as error:
            raise failures.refusal(self.uri, error) from error
        meta = answer.meta
        if meta["size"] != file.size or not (file.fixed or _tag(meta) == file.tag):
            raise MovedError
        try:
            for block in answer.stream(min_chunk_size=_BLOCK):
                yield bytes(block)
        except (BaseError, OSError) as error:
            raise BrokenOffError(failures.reason(str(error))) from error

    def _get(self, key: str, options: Any) -> Any:
        import obstore

        return obstore.get(self.store, key, options=options)


def _is_unranged(error: Exception) -> bool:
    """Tell whether a server cannot give a first byte: the file is empty, or it knows no ranges."""
    text = str(error)
    return "416" in text or "CONTENT_RANGE" in text or "Content-Length" in text


def _tag(meta: Any) -> str | None:
    """Return what changes with the content: a strong ETag, else the time of the last change."""
    tag, changed = meta["e_tag"], meta["last_modified"]
    if tag and not tag.startswith("W/"):
        return str(tag).strip('"')
    # The library gives the epoch where a server says nothing.
    if isinstance(changed, datetime) and changed.timestamp() > 0:
        return changed.isoformat()
    return None


def _below(key: str, prefix: str) -> PurePosixPath:
    segments = key.removeprefix(prefix).strip("/").split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        raise OutsideError(
            f"the name of the object {key} is not a valid file name",
            hint="rename it, or use a folder without it",
        )
    return PurePosixPath(*segments)
