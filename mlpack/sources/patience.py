"""How long to try before giving up on a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlpack.errors import UsageError

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
        raise UsageError(f"{name} is {text!r}, which is not a whole number", hint="unset it")
    return int(text)
