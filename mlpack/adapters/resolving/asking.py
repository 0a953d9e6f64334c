"""Requests to indexes by mlpack itself, with the logins and authorities that uv would use."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mlpack.adapters.uv import Uv
from mlpack.adapters.uv.failures import login_hint
from mlpack.adapters.uv.logins import Login, login_for
from mlpack.adapters.uv.surroundings import with_known_credentials
from mlpack.core.errors import OutsideError

if TYPE_CHECKING:
    from requests import Session

# More of them would answer no sooner: each connection reads the certificates anew, which takes this
# process some 20 ms.
THREADS = 6
_TIMEOUT = (20.0, 60.0)
_REFUSED = (401, 403)


class IndexClient:
    """A session with indexes; several threads may ask."""

    def __init__(self, uv: Uv) -> None:
        self._uv = uv
        self._session = _session(uv.environ)
        self._logins: dict[str, Login | None] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> IndexClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(self, url: str, index: str, doing: str, **more: Any) -> Any:
        """Return the answer of a page or file of ``index``; ``None`` where it has none.

        ``doing`` completes "cannot …" in the error. Raises ``OutsideError``.
        """
        import requests

        try:
            answer = self._asked(url, index, self._logins.get(index), more)
            if answer.status_code in _REFUSED and (login := self._login(index)):
                answer = self._asked(url, index, login, more)
            if answer.status_code in {404, 410}:
                return None
            answer.raise_for_status()
        except requests.RequestException as error:
            said = getattr(error.response, "status_code", None)
            raise OutsideError(
                f"cannot {doing}: {url} "
                + (f"refused the request ({said})" if said in _REFUSED else "does not answer"),
                hint=login_hint("", index)
                if said in _REFUSED
                else "check the network, the proxy and uv's index settings, then try again",
                details=str(error),
            ) from None
        return answer

    def _login(self, index: str) -> Login | None:
        with self._lock:
            if index not in self._logins:
                self._logins[index] = login_for(self._uv, index)
            return self._logins[index]

    def _asked(self, url: str, index: str, login: Login | None, more: Mapping[str, Any]) -> Any:
        environ = self._uv.environ
        trusted = environ.get("UV_INSECURE_HOST", "").replace(",", " ").split()
        host = urlsplit(url)
        insecure = bool({host.hostname, host.netloc} & set(trusted))
        if insecure:
            from urllib3 import disable_warnings

            disable_warnings()
        return self._session.get(
            _with_login(environ, url, index),
            auth=login,
            timeout=_TIMEOUT,
            verify=False if insecure else self._session.verify,
            **more,
        )


def _with_login(environ: Mapping[str, str], url: str, index: str) -> str:
    """Return ``url`` with what the environment has for its index, if both are on one host."""
    host, known = urlsplit(url), urlsplit(with_known_credentials(environ, index))
    login, at, place = known.netloc.rpartition("@")
    if not at or (known.scheme, place) != (host.scheme, host.netloc):
        return url
    return host._replace(netloc=f"{login}@{host.netloc}").geturl()


def _session(environ: Mapping[str, str]) -> Session:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    session = requests.Session()
    retry = Retry(total=3, backoff_factor=0.3, status_forcelist=(429, 500, 502, 503, 504))
    adapter = HTTPAdapter(pool_connections=THREADS, pool_maxsize=THREADS, max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if certificates := _certificates(environ):
        session.verify = certificates
    return session


def _certificates(environ: Mapping[str, str]) -> str | None:
    """Return the file of the authorities that uv trusts, where it is not the usual one."""
    named = environ.get("SSL_CERT_FILE", "")
    if Path(named).is_file():
        return named
    if {environ.get("UV_SYSTEM_CERTS"), environ.get("UV_NATIVE_TLS")} & {"1", "true", "True"}:
        import ssl

        known = ssl.get_default_verify_paths()
        return next((path for path in (known.cafile, known.openssl_cafile) if path), None)
    return None
