"""Files of web servers that do not say how long they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlpack.errors import OutsideError
from mlpack.sources.failures import shown
from mlpack.sources.located import BrokenOffError

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
        raise BrokenOffError("the answer breaks off") from error


def _check(uri: str, came_from: str, headers: Mapping[str, str], status: int) -> None:
    if status != 200:
        raise OutsideError(f"{shown(uri)} cannot be downloaded: the server answers {status}")
    if uri.startswith("https:") and not came_from.startswith("https:"):
        raise OutsideError(
            f"{shown(uri)} is redirected to a server without https", hint="name another source"
        )
    if headers.get("Content-Encoding", "identity") != "identity":
        raise OutsideError(
            f"{shown(uri)} comes compressed as {headers['Content-Encoding']}, though not asked to",
            hint="name a source that serves the file as it is",
        )
    if headers.get("Transfer-Encoding", "").lower() != "chunked":
        raise OutsideError(
            f"the server of {shown(uri)} says neither how long the file is nor where it ends",
            hint="name another source: a file cut short could not be told from a whole one",
        )
