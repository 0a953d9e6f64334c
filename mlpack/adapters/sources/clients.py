"""How the library speaks to servers: limits, patience, certificates, logins."""

from __future__ import annotations

import base64
import netrc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from mlpack._version import __version__
from mlpack.core.errors import OutsideError, UsageError

RETRIES = "MLPACK_HTTP_RETRIES"
TIMEOUT = "MLPACK_HTTP_TIMEOUT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits; each wait is about twice the one before, and none is longer than ``longest``."""

    retries: int = 8
    """How often a request is made again after a failure that may pass."""
    silence: float = 60.0
    """Seconds without a byte after which an answer counts as broken off."""
    connect: float = 10.0
    first: float = 0.2
    longest: float = 15.0

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row."""
        return float(min(self.first * 2 ** (failures - 1), self.longest))


def patience_from(environ: Mapping[str, str]) -> Patience:
    """Return the patience that the environment asks for."""
    default = Patience()
    return Patience(
        retries=_whole(environ, RETRIES, default.retries),
        silence=float(_whole(environ, TIMEOUT, int(default.silence)) or default.silence),
    )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()):
        raise UsageError(f"{name} is {text!r}, not an integer", hint="unset it")
    return int(text)


_AUTHORITIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE")


def settings(
    patience: Patience,
    environ: Mapping[str, str],
    *,
    plain: bool,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the library's options; ``plain`` allows http, which https never falls back to."""
    client: dict[str, Any] = {
        "allow_http": plain,
        "user_agent": f"mlpack/{__version__}",
        "connect_timeout": timedelta(seconds=patience.connect),
        "read_timeout": timedelta(seconds=patience.silence),
        # Of a whole answer; one that still brings bytes is never too slow.
        "timeout": timedelta(days=7),
    }
    if authorities := _authorities(environ):
        client["root_certificate"] = authorities
    if headers:
        client["default_headers"] = dict(headers)
    return {"client_options": client, "retry_config": _retries(patience)}


def _retries(patience: Patience) -> dict[str, Any]:
    return {
        "max_retries": patience.retries,
        "retry_timeout": timedelta(seconds=180),
        "backoff": {
            "init_backoff": timedelta(seconds=patience.first),
            "max_backoff": timedelta(seconds=patience.longest),
            "base": 2,
        },
    }


def _authorities(environ: Mapping[str, str]) -> str | None:
    for name in _AUTHORITIES:
        path = environ.get(name)
        if path and Path(path).is_file():
            return Path(path).read_text(encoding="utf-8", errors="replace")
    return None


def login(host: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the header that the netrc file's login for ``host`` makes, if there is one.

    Servers that the host redirects to do not get it: the library takes it away.
    """
    named = environ.get("NETRC")
    path = Path(named) if named else Path(environ.get("HOME", "~")).expanduser() / ".netrc"
    if not path.is_file():
        return {}
    try:
        found = netrc.netrc(str(path)).authenticators(host)
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError) as error:
        raise OutsideError(f"{path} cannot be read: {error}", hint="fix the file") from None
    if found is None:
        return {}
    user, _, password = found
    pair = base64.b64encode(f"{user}:{password or ''}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
