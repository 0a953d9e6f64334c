"""uv's errors as mlpack's: one sentence of the right kind, uv's own words as details."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mlpack.adapters.uv.hints import in_manifest_terms
from mlpack.adapters.uv.surroundings import without_user
from mlpack.core.errors import DependencyError, IntegrityError, MlpackError, OutsideError
from mlpack.core.redaction import without_credentials

Judge = Callable[[re.Match[str]], MlpackError]


def failure(stderr: str, doing: str) -> MlpackError:
    """Return the error for what uv said; ``doing`` completes "uv failed while …"."""
    details = in_manifest_terms(tidy(stderr))
    for pattern, kind, message, hint in _KINDS:
        if found := re.search(pattern, stderr, re.IGNORECASE):
            hint = login_hint(details) if hint == _LOGIN else hint
            return kind(found.expand(message), hint=hint, details=details)
    return OutsideError(f"uv failed while {doing}", details=details)


def login_hint(details: str, index: str | None = None) -> str:
    """Return the ways to log in that work for any index of a manifest, with what to fill in.

    Where ``index`` is not known, it is the one that uv's words say was refused.
    """
    found = re.search(r"index URL \((\w+://[^)\s]+)\)", details)
    index = index or (found[1] if found else None)
    url = index or next(iter(re.findall(r"\w+://[^)\s`]+", details)), "")
    hint = f"add `machine {urlsplit(url).hostname} login USER password PASSWORD` to ~/.netrc"
    if index is None:
        return hint
    named = f"UV_INDEX=private={without_user(index)}"
    return f"{hint}, or set {named}, UV_INDEX_PRIVATE_USERNAME and UV_INDEX_PRIVATE_PASSWORD"


_CACHE = re.compile(r"^error: (?:Failed to initialize cache|Could not acquire lock)", re.MULTILINE)
_PLACE = re.compile(r"[`\"](/[^`\"]+)[`\"]")
_REASON = re.compile(r"([A-Z][\w -]+) \(os error \d+\)")


def cache_failure(stderr: str, environ: Mapping[str, str]) -> OutsideError | None:
    """Return the error for what uv said, if it cannot use its cache folder at all.

    Every call of uv's fails then, a search for interpreters too, and each in words of its own.
    """
    if not _CACHE.search(stderr):
        return None
    places, reasons = _PLACE.findall(stderr), _REASON.findall(stderr)
    place = (
        re.sub(r"/\.(git|tmp\w+)$", "", places[-1]) if places else environ.get("UV_CACHE_DIR", "")
    )
    return OutsideError(
        f"uv cannot write to its cache folder {place}{_owner(Path(place))}: "
        f"{reasons[-1] if reasons else 'unknown reason'}",
        hint=f"set {_setting(environ)} to a folder that you may write to",
    )


def _setting(environ: Mapping[str, str]) -> str:
    """Return the variable that moves uv's cache, as it is set now."""
    own, moved = environ.get("UV_CACHE_DIR"), environ.get("MLPACK_CACHE_DIR")
    ours = moved and own == str(Path(moved).expanduser().absolute() / "uv")
    return "UV_CACHE_DIR" if own and not ours else "MLPACK_CACHE_DIR"


def _owner(place: Path) -> str:
    with contextlib.suppress(OSError, KeyError):
        owner = place.stat().st_uid
        if owner != os.geteuid():
            return f", which belongs to {pwd.getpwuid(owner).pw_name}"
    return ""


def tidy(stderr: str) -> str:
    """Return uv's words without the warnings about interpreters that nobody asked for."""
    text = without_credentials(stderr)
    return re.sub(r"^warning: Failed to inspect.*?(?=^\w|\Z)", "", text, flags=re.M | re.S).strip()


_LOGIN = "log in"
_ROOM = "set MLPACK_CACHE_DIR to a folder with enough room that you may write to"
# The first that fits wins: a wrong hash is also a failed download, a refused login a missing name.
_KINDS: tuple[tuple[str, type[MlpackError], str, str | None], ...] = (
    (
        r"Hash mismatch for `?([^`\s]+?)`?$|Hash mismatch for `([^`]+)`",
        IntegrityError,
        "A package's hash does not match the lock",
        "the index serves a different file than when it was locked: find out why before you lock "
        "again",
    ),
    (
        r"407 Proxy|proxy authorization required",
        OutsideError,
        "The proxy refused the request: 407 Proxy Authentication Required",
        "put the proxy's user and password into HTTPS_PROXY and HTTP_PROXY",
    ),
    (
        r"(401 Unauthorized|403 Forbidden)",
        OutsideError,
        r"The package index refused the request: \1",
        _LOGIN,
    ),
    (
        r"[`\"](/[^`\"]+)[`\"]: (No space left on device|Permission denied|Read-only file system)",
        OutsideError,
        r"uv cannot write to \1: \2",
        _ROOM,
    ),
    (
        r"No space left on device|Permission denied|Read-only file system",
        OutsideError,
        r"uv could not write: \g<0>",
        _ROOM,
    ),
    (
        r"network was disabled|network connectivity is disabled|not found in the cache",
        OutsideError,
        "Some packages are not available offline",
        "run the command once without `--offline`, or run `mlpack fetch` while online",
    ),
    (
        r"Git operation failed|failed to (?:clone|fetch (?:into|commit))",
        OutsideError,
        "A git requirement cannot be fetched",
        "check its URL and commit, and that git has access to it",
    ),
    (
        r"invalid peer certificate|UnknownIssuer|self.signed certificate",
        OutsideError,
        "The package index's certificate is not trusted",
        "set SSL_CERT_FILE to the file with your own authority's certificate, or "
        "UV_SYSTEM_CERTS=1 to trust what the system trusts",
    ),
    (
        r"Failed to fetch|error sending request|Request failed after|dns error|timed out"
        r"|Failed to download(?! and build)",
        OutsideError,
        "A package index cannot be reached, or the connection was lost",
        "check the network, the proxy and uv's index settings, then try again",
    ),
    (
        r"(?:Failed to (?:download and )?build|Failed to build) `([^`]+)`",
        DependencyError,
        r"\1 cannot be built from its source distribution",
        "require a version that has wheels, or install what its build needs",
    ),
    (
        r"has no wheels with a matching|doesn't have a (?:source distribution or )?wheel for",
        DependencyError,
        "A locked package has no file for this platform",
        "add the platform to `dependencies.platforms`, or require a version with a wheel",
    ),
    (
        r"No solution found|unsatisfiable",
        DependencyError,
        "No set of packages satisfies the requirements",
        None,
    ),
)
