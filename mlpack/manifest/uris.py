"""Rules for the URIs of artifacts: a known kind, one meaning everywhere, no secret in it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mlpack.errors import Problem
from mlpack.manifest.requirements import NO_VARIABLES
from mlpack.manifest.view import View
from mlpack.schema import closest

SCHEMES = ("https", "http", "s3", "gs", "az", "file", "hf")

_ALIASES = {"gcs": "gs", "s3a": "s3", "s3n": "s3", "abfs": "az", "abfss": "az", "azure": "az"}
# What signs a URL: it works for whoever reads it, and only for a while.
_SIGNATURES = frozenset(
    {"x-amz-signature", "x-goog-signature", "signature", "sig", "token", "access_token"}
    | {"api_key", "apikey", "x-amz-security-token", "awsaccesskeyid"}
)
_EXAMPLES = {
    "https": "https://example.org/weights.bin",
    "http": "https://example.org/weights.bin",
    "s3": "s3://bucket/weights.bin",
    "gs": "gs://bucket/weights.bin",
    "az": "az://container/weights.bin",
    "file": "file:///data/weights.bin",
    "hf": "hf://org/repo@revision/weights.bin",
}

_Found = tuple[str, str, str]
"""A finding's code, its message, and the way out."""


def check_uri(view: View, uri: str, at: str, *, digest_stated: bool) -> Iterator[Problem]:
    """Yield what is wrong with an artifact's URI, which stands at the pointer ``at``."""
    found = _first_fault(view.root, uri, digest_stated)
    if found is not None:
        code, message, hint = found
        yield view.problem(code, message, at=at, hint=hint)


def _first_fault(root: Path, uri: str, digest_stated: bool) -> _Found | None:
    if "${" in uri:
        return "variable", NO_VARIABLES, "Write the address out."
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return "bad-url", "This is no URI", "Write it as in `https://example.org/weights.bin`."
    if parts.scheme not in SCHEMES:
        return _unknown(parts.scheme)
    for check in (_credentials, _form, _RULES.get(parts.scheme, _bucket)):
        if found := check(parts):
            return found
    if parts.scheme == "file":
        return _inside(root, parts)
    return None if digest_stated else _unguarded(parts)


def _unknown(scheme: str) -> _Found:
    near = _ALIASES.get(scheme) or closest(scheme, SCHEMES)
    known = ", ".join(SCHEMES)
    hint = f"Did you mean `{near}://`?" if near else f"mlpack takes {known}."
    return "unknown-scheme", f"mlpack knows no `{scheme}://`", hint


def _credentials(parts: SplitResult) -> _Found | None:
    if parts.username is not None or parts.password is not None:
        message = "The URI holds credentials, which whoever reads the manifest would have"
        hint = "Remove them; a netrc file or the cloud's own variables and files hold them."
        return "credentials-in-url", message, hint
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in _SIGNATURES:
            message = f"The URI is signed: its `{name}` opens the file to all who read the manifest"
            hint = "Name the object itself, such as `s3://bucket/weights.bin`."
            return "credentials-in-url", message, hint
    return None


def _form(parts: SplitResult) -> _Found | None:
    example = f"Write it as in `{_EXAMPLES[parts.scheme]}`."
    if parts.fragment:
        return "bad-url", "An artifact's URI has no part after `#`", "Write `#` in a name as `%23`."
    if parts.query and parts.scheme not in ("http", "https"):
        message = f"A `{parts.scheme}://` URI has no part after `?`"
        return "bad-url", message, "Write `?` in a name as `%3F`."
    segments = parts.path.removesuffix("/").split("/")[1:]
    if any(unquote(segment) in ("", ".", "..") for segment in segments):
        return "bad-url", "The URI's path has an empty part, `.` or `..`", example
    if any(ord(character) < 32 for character in unquote(parts.path)):
        return "bad-url", "The URI names no file that can be", example
    return None


def _web(parts: SplitResult) -> _Found | None:
    if not parts.hostname or parts.path in ("", "/"):
        return "bad-url", "The URI names no file", f"Write it as in `{_EXAMPLES['https']}`."
    if parts.path.endswith("/"):
        message = "A web server does not list its folders, so that a URI ending in `/` has no files"
        return "bad-url", message, "Name one file, or put the folder into a bucket."
    return None


def _bucket(parts: SplitResult) -> _Found | None:
    if not parts.netloc or parts.path in ("", "/"):
        hint = f"Write it as in `{_EXAMPLES[parts.scheme]}`."
        return "bad-url", "The URI names no file or folder in a bucket", hint
    return None


def _hub(parts: SplitResult) -> _Found | None:
    segments = parts.path.strip("/").split("/")
    repository = segments[1:2] if parts.netloc in ("datasets", "spaces") else segments[:1]
    if not parts.netloc or not repository or not re.match(r"[^@]", repository[0]):
        return "bad-url", "The URI names no repository", f"Write it as in `{_EXAMPLES['hf']}`."
    return None


def _file(parts: SplitResult) -> _Found | None:
    if parts.netloc not in ("", "localhost") or parts.path in ("", "/"):
        message = "A `file://` URI names an absolute path, after three slashes"
        hint = f"Write it as in `{_EXAMPLES['file']}`; a path inside the project needs no URI."
        return "bad-url", message, hint
    return None


def _inside(root: Path, parts: SplitResult) -> _Found | None:
    path = Path(os.path.normpath(unquote(parts.path)))
    if not path.is_relative_to(root):
        return None
    message = "The file lies in the project, where others have it at another path"
    inside = path.relative_to(root).as_posix()
    hint = f"Write `path: {inside}`." if inside != "." else "Name the files that the model reads."
    return "absolute-path", message, hint


def _unguarded(parts: SplitResult) -> _Found | None:
    if parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    message = "Over plain http anyone on the way can change the file before it is first locked"
    return "insecure-http", message, "Use https://, or state the file's `sha256`."


_RULES: dict[str, Callable[[SplitResult], _Found | None]] = {
    "https": _web,
    "http": _web,
    "hf": _hub,
    "file": _file,
}
