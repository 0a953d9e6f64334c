"""The environment variables that uv gets: where things are, never how to choose among them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

# uv honours its policy variables (UV_RESOLUTION, UV_EXCLUDE_NEWER, UV_TORCH_BACKEND…) even with
# --no-config, and a variable of that kind would make one manifest mean two things. So all UV_*
# are dropped but these, which say where things are, who asks, and what to trust.
_KEPT = re.compile(
    r"""UV_(
      INDEX | DEFAULT_INDEX | INDEX_URL | EXTRA_INDEX_URL | FIND_LINKS | NO_INDEX
    | INDEX_\w+_(USERNAME|PASSWORD) | KEYRING_PROVIDER | CREDENTIALS_DIR | GITHUB_TOKEN
    | CACHE_DIR | NO_CACHE | LINK_MODE | PYTHON_CACHE_DIR | LOCK_TIMEOUT
    | NATIVE_TLS | SYSTEM_CERTS | INSECURE_HOST
    | PYTHON_INSTALL_DIR | PYTHON_INSTALL_MIRROR | PYPY_INSTALL_MIRROR | PYTHON_DOWNLOADS_JSON_URL
    | HTTP_TIMEOUT | REQUEST_TIMEOUT | HTTP_CONNECT_TIMEOUT | HTTP_RETRIES | HTTP_PROXY
    | HTTPS_PROXY | NO_PROXY | OFFLINE | CONCURRENT_\w+
    )""",
    re.VERBOSE,
)
# These make uv, or the build code that it runs, look at another Python than the one it is given.
_MISLEADING = frozenset({"VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "__PYVENV_LAUNCHER__"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Locations:
    """Where packages come from, beside what the environment says; ``find_links`` are absolute."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """Return ``environ`` without what could change a result or point at another Python."""
    return {name: value for name, value in environ.items() if _stays(name)}


def with_cache(environ: Mapping[str, str]) -> dict[str, str]:
    """Put uv's cache into mlpack's where that was moved and uv's was not: one setting moves all."""
    chosen = environ.get("MLPACK_CACHE_DIR")
    if not chosen or environ.get("UV_CACHE_DIR"):
        return dict(environ)
    return {**environ, "UV_CACHE_DIR": str(Path(chosen).expanduser().absolute() / "uv")}


def with_locations(environ: Mapping[str, str], locations: Locations) -> dict[str, str]:
    """Add ``locations`` to uv's variables; the environment's own come first.

    Variables and not arguments, because an option on the command line would hide the variable of
    that name, and because others on the machine can read arguments.
    """
    result = dict(environ)
    # A mirror, as uv's own files would have it: what the environment names comes before them.
    if locations.index_url and not environ.get("UV_INDEX_URL"):
        result["UV_INDEX_URL"] = with_known_credentials(environ, locations.index_url)
    extra = [with_known_credentials(environ, url) for url in locations.extra_index_urls]
    _append(result, "UV_EXTRA_INDEX_URL", extra, " ")
    links = [link.replace(",", "%2C") for link in locations.find_links]
    _append(result, "UV_FIND_LINKS", links, ",")
    return result


def index_urls(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the URLs of indexes and links in uv's variables: bare → with its credentials."""
    found: dict[str, str] = {}
    for name in ("UV_INDEX", "UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"):
        for word in environ.get(name, "").split():
            named = re.fullmatch(r"([\w.-]+)=(\w+://.*)", word)
            url = named[2] if named else word
            if named:
                url = _with_named_credentials(environ, named[1], url)
            # An index may be given twice, and only once with a login.
            if "@" in urlsplit(url).netloc or without_user(url) not in found:
                found[without_user(url)] = url
    for url in environ.get("UV_FIND_LINKS", "").split(","):
        found[without_user(url)] = url
    return {bare: url for bare, url in found.items() if "://" in url}


def with_known_credentials(environ: Mapping[str, str], url: str) -> str:
    """Return ``url`` with the user and password that the environment has for it, if any."""
    return index_urls(environ).get(without_user(url), url)


def without_user(url: str) -> str:
    """Return a URL without user, password and trailing slash."""
    parts = urlsplit(url)
    if not parts.netloc:
        return url.rstrip("/")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), parts.query, ""))


def _with_named_credentials(environ: Mapping[str, str], name: str, url: str) -> str:
    key = re.sub(r"\W", "_", name).upper()
    user = environ.get(f"UV_INDEX_{key}_USERNAME", "")
    password = environ.get(f"UV_INDEX_{key}_PASSWORD", "")
    parts = urlsplit(url)
    if not (user or password) or "@" in parts.netloc:
        return url
    from urllib.parse import quote

    # A user alone: a keyring has the password.
    login = ":".join(quote(each, safe="") for each in (user, password) if each or user == "")
    return urlunsplit(parts._replace(netloc=f"{login}@{parts.netloc}"))


def _append(environ: dict[str, str], name: str, values: list[str], separator: str) -> None:
    known = [value for value in environ.get(name, "").split(separator) if value]
    joined = separator.join(dict.fromkeys([*known, *values]))
    if joined:
        environ[name] = joined


def _stays(name: str) -> bool:
    if name.startswith("UV_"):
        return _KEPT.fullmatch(name) is not None
    # PYTHONPATH and its like reach the build code of source distributions.
    return not (name in _MISLEADING or name.startswith("PYTHON"))
