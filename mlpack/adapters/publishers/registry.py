"""One repository of a container registry, as the OCI distribution specification has it (1.1).

Own code, because the library for it reads each blob into memory before it is sent.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from mlpack._version import __version__
from mlpack.adapters.publishers.logins import login
from mlpack.adapters.sources.located import BrokenOffError, RemoteFile
from mlpack.core.errors import IntegrityError, OutsideError

if TYPE_CHECKING:
    import requests

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_ACCEPT = ", ".join(
    (MANIFEST, INDEX, "application/vnd.docker.distribution.manifest.list.v2+json",
     "application/vnd.docker.distribution.manifest.v2+json")
)  # fmt: skip
_BLOCK = 1 << 20
_LONGEST = 16 << 20  # Registries refuse longer manifests.
_TIMEOUT = (10.0, 120.0)
_AGAIN = "run the same command again: what is complete there is kept"


@dataclass(slots=True, kw_only=True)
class Repository:
    """``host/name``; ``environ`` tells where logins and certificates are."""

    host: str
    name: str
    environ: Mapping[str, str]
    _session: requests.Session | None = field(default=None, init=False)
    _base: str = field(default="", init=False)
    _login: str = field(default="", init=False, repr=False)

    def has_blob(self, digest: str) -> bool:
        """Tell whether a blob is there already."""
        with self._answered("HEAD", f"blobs/{digest}", accept=(200, 404)) as answer:
            return bool(answer.status_code == 200)

    def send_blob(self, digest: str, size: int, content: IO[bytes] | bytes) -> None:
        """Upload a blob in one request.

        Raises ``IntegrityError`` where the registry answers with another digest.
        """
        with self._answered("POST", "blobs/uploads/", accept=(202,)) as begun:
            place = urljoin(begun.url, begun.headers.get("Location", ""))
        mark = "&" if urlsplit(place).query else "?"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        url = f"{place}{mark}digest={digest}"
        with self._answered("PUT", url, accept=(201,), headers=headers, data=content) as answer:
            self._compare(answer, digest)

    def manifest(self, reference: str) -> tuple[bytes, str] | None:
        """Return a manifest by tag or digest and its media type; ``None`` where there is none."""
        accept = {"Accept": _ACCEPT}
        with self._answered(
            "GET", f"manifests/{reference}", accept=(200, 404), headers=accept
        ) as answer:
            if answer.status_code == 404:
                return None
            content = answer.raw.read(_LONGEST + 1, decode_content=True)
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if len(content) > _LONGEST:
            raise IntegrityError(f"the manifest of {self.shown} is too large to be one")
        if ":" in reference and reference != _digest(content):
            raise IntegrityError(
                f"{self.shown} sent other content than {reference}: {_digest(content)}",
                hint="try again, or contact the registry's operator",
            )
        return content, kind

    def send_manifest(self, reference: str, content: bytes, kind: str = MANIFEST) -> bool:
        """Upload a manifest under a tag or its digest; tell whether its subject was understood."""
        headers = {"Content-Type": kind}
        with self._answered(
            "PUT", f"manifests/{reference}", accept=(201,), headers=headers, data=content
        ) as answer:
            self._compare(answer, _digest(content))
            return "OCI-Subject" in answer.headers

    def referrers(self, digest: str) -> list[dict[str, Any]]:
        """Return the descriptors of what refers to a manifest, by the API or the fallback tag."""
        with self._answered("GET", f"referrers/{digest}", accept=(200, 404)) as answer:
            found = answer.raw.read(_LONGEST, decode_content=True)
            known = answer.status_code == 200
        if not known:
            tagged = self.manifest(digest.replace(":", "-"))
            found = tagged[0] if tagged else b"{}"
        listed = self.parsed(found).get("manifests", [])
        return [each for each in listed if isinstance(each, dict)]

    def blocks(self, file: RemoteFile, start: int, end: int) -> Iterator[bytes]:
        """Yield a blob's bytes from ``start`` up to ``end``, as a ``Reader``."""
        if start == end:
            return
        headers = {"Range": f"bytes={start}-{end - 1}"}
        with self._answered(
            "GET", f"blobs/{file.key}", accept=(200, 206), headers=headers
        ) as answer:
            # One that knows no ranges begins at the beginning.
            skip = start if answer.status_code == 200 else 0
            for block in self._stream(answer):
                yield block[skip:]
                skip = max(0, skip - len(block))

    def whole(self, file: RemoteFile) -> Iterator[bytes]:
        """Yield all bytes of a blob."""
        with self._answered("GET", f"blobs/{file.key}", accept=(200,)) as answer:
            yield from self._stream(answer)

    @property
    def shown(self) -> str:
        """What errors call it."""
        return f"oci://{self.host}/{self.name}"

    def parsed(self, content: bytes) -> dict[str, Any]:
        """Return a JSON mapping. Raises ``OutsideError`` for what a registry would not send."""
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise OutsideError(
                f"{self.host} does not answer like a container registry", hint="check the host"
            )
        return found

    def _stream(self, answer: requests.Response) -> Iterator[bytes]:
        import requests
        from urllib3.exceptions import HTTPError

        try:
            yield from answer.raw.stream(_BLOCK, decode_content=False)
        except (HTTPError, requests.RequestException, OSError) as error:
            raise BrokenOffError("the response was cut off") from error

    def _compare(self, answer: requests.Response, digest: str) -> None:
        told = answer.headers.get("Docker-Content-Digest", digest)
        if told != digest:
            raise IntegrityError(
                f"{self.shown} stored {told} instead of {digest}",
                hint="try again, or contact the registry's operator",
            )

    @contextmanager
    def _answered(
        self,
        method: str,
        place: str,
        *,
        accept: tuple[int, ...],
        headers: Mapping[str, str] | None = None,
        data: IO[bytes] | bytes | None = None,
    ) -> Iterator[requests.Response]:
        """Ask, with a login where the registry wants one, and yield an answer that is accepted."""
        import requests

        try:
            session = self._opened()
            url = place if "://" in place else f"{self._base}/v2/{self.name}/{place}"
            # A registry may have uploads elsewhere: our login is none of their business.
            own = urlsplit(url).netloc == urlsplit(self._base).netloc
            answer = session.request(
                method,
                url,
                headers=dict(headers or {}),
                data=data,
                stream=True,
                auth=self._signed if own else _unsigned,
                **self._options,
            )
        except requests.RequestException as error:
            reason, hint = _reason(error)
            raise OutsideError(f"{self.shown}: {reason}", hint=hint) from error
        with answer:
            if answer.status_code not in accept:
                raise self._refused(answer)
            yield answer

    def _refused(self, answer: requests.Response) -> OutsideError:
        status = answer.status_code
        if status in (401, 403):
            return OutsideError(
                f"access to {self.shown} was denied",
                hint=f"run `docker login {self.host}`; logins are read from DOCKER_CONFIG, "
                "~/.docker/config.json and REGISTRY_AUTH_FILE",
            )
        text = answer.raw.read(4096, decode_content=True)
        told = ""
        if found := re.search(rb'"message":\s*"([^"]{1,200})', text):
            told = f" ({found[1].decode(errors='replace')})"
        return OutsideError(f"{self.shown}: the registry returned {status}{told}", hint=_AGAIN)

    def _opened(self) -> requests.Session:
        """Return the session, logged in as the registry asks for at its front door."""
        if self._session is None:
            import requests

            session = requests.Session()
            session.headers["User-Agent"] = f"mlpack/{__version__}"
            self._base = self._url(session)
            with session.get(f"{self._base}/v2/", auth=_unsigned, **self._options) as answer:
                if answer.status_code == 401:
                    self._log_in(session, answer.headers.get("WWW-Authenticate", ""))
                elif "json" not in answer.headers.get("Content-Type", "json"):
                    self.parsed(answer.content)
            self._session = session
        return self._session

    def _log_in(self, session: requests.Session, challenge: str) -> None:
        known = login(self.host, self.environ)
        if challenge.lower().startswith("basic"):
            if known is not None:
                pair = base64.b64encode(":".join(known).encode()).decode()
                self._login = f"Basic {pair}"
            return
        asked = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
        realm = asked.get("realm", "")
        if not realm.startswith("https:") and not _is_loopback(urlsplit(realm).hostname or ""):
            raise OutsideError(f"{self.host} asks for a login without https", hint="check the host")
        # Without a login, a public repository gives a token that can only read.
        actions = "pull,push" if known else "pull"
        wanted = {"service": asked.get("service", ""), "scope": f"repository:{self.name}:{actions}"}
        with session.get(realm, params=wanted, auth=known or _unsigned, **self._options) as answer:
            if answer.status_code != 200:
                raise self._refused(answer)
            told = self.parsed(answer.content)
        self._login = f"Bearer {told.get('token') or told.get('access_token')}"

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._login:
            request.headers["Authorization"] = self._login
        return request

    def _url(self, session: requests.Session) -> str:
        """Return the registry's URL: https, or http on this machine where it knows nothing else."""
        import requests

        if _is_loopback(urlsplit(f"//{self.host}").hostname or ""):
            try:
                session.get(f"https://{self.host}/v2/", auth=_unsigned, **self._options).close()
            except requests.exceptions.SSLError as error:
                if "CERTIFICATE_VERIFY_FAILED" in str(error):
                    raise
                return f"http://{self.host}"
            except requests.ConnectionError:
                return f"http://{self.host}"
        return f"https://{self.host}"

    @property
    def _options(self) -> dict[str, Any]:
        # For each request: the library would let REQUESTS_CA_BUNDLE win over its session.
        authority = self.environ.get("SSL_CERT_FILE") or self.environ.get("REQUESTS_CA_BUNDLE")
        return {"timeout": _TIMEOUT, "verify": authority or True}


def _unsigned(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without any, the library would look into the user's netrc file.
    return request


def _is_loopback(host: str) -> bool:
    return host in ("localhost", "::1") or host.startswith("127.")


def _reason(error: Exception) -> tuple[str, str]:
    """Return why there is no answer, and the way out."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "the server's certificate is not trusted",
            "set SSL_CERT_FILE to its authority's file",
        )
    if "timed out" in text.lower():
        return "the server timed out", _AGAIN
    if "refused" in text or "NameResolution" in text or "Name or service" in text:
        return "the server cannot be reached", "check the host and your network"
    return "the connection was cut off", _AGAIN


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
