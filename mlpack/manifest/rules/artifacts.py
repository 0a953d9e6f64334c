"""Artifacts: files and folders by name, inside the project, made by a command, or behind a URI."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from mlpack.core.errors import Problem
from mlpack.core.files import is_file, is_folder
from mlpack.core.redaction import SIGNATURES
from mlpack.manifest.document import join
from mlpack.manifest.rules.content import check_data
from mlpack.manifest.rules.requirement import NO_VARIABLES
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View

if TYPE_CHECKING:
    from mlpack.manifest.model import Artifact


_SHELL = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1"})


def parse(view: View) -> tuple[Artifact, ...]:
    """Return the artifacts in the order written."""
    if view.saved is not None:
        return (_adopted(view.saved),)
    written = view.keys.get("artifacts", {})
    return tuple(_parse_one(name, _long_form(value)) for name, value in written.items())


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with each artifact."""
    for name, value in view.keys.get("artifacts", {}).items():
        at = join("/artifacts", name)
        written = _long_form(value)
        key = "uri" if "uri" in written else "path"
        place = at if isinstance(value, str) else f"{at}/{key}"
        if key == "uri":
            yield from check_uri(view, written[key], place, digest_stated="sha256" in written)
        else:
            yield from _check_local(view, written, place)
        if "fetch" in written:
            yield from _check_command(view, written["fetch"], f"{at}/fetch")


def _check_local(view: View, written: dict[str, Any], at: str) -> Iterator[Problem]:
    if PurePosixPath(written["path"]) == PurePosixPath():
        hint = "List the files or folders that the model reads."
        yield view.problem("bad-path", "The whole project cannot be an artifact", at=at, hint=hint)
        return
    for problem in check_data(view, written["path"], at):
        # What a command makes may be still to come.
        place = view.root / written["path"]
        absent = not (is_file(place) or is_folder(place))
        if not ("fetch" in written and absent and problem.code in ("missing-file", "pointer-file")):
            yield problem


def _check_command(view: View, command: str, at: str) -> Iterator[Problem]:
    try:
        words = shlex.split(command)
    except ValueError:
        message, hint = "A quote in the command is never closed", "Close it, or write it as `\\'`."
        yield view.problem("bad-command", message, at=at, hint=hint)
        return
    shell = next((word for word in words if word in _SHELL), None)
    if not words:
        hint = "Write a program and its arguments, or remove the key."
        yield view.problem("bad-command", "The command is empty", at=at, hint=hint)
    elif shell is not None:
        message = (
            f"The command does not run in a shell: `{shell}` would be an argument to `{words[0]}`"
        )
        hint = "Put the steps in a script, and run that."
        yield view.problem("bad-command", message, at=at, hint=hint)


def _long_form(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {"uri" if "://" in value else "path": value}


def _adopted(folder: str) -> Artifact:
    from mlpack.manifest.model import Artifact

    return Artifact(name=folder, path=PurePosixPath(folder), adopted=True)


def _parse_one(name: str, written: dict[str, Any]) -> Artifact:
    from mlpack.manifest.model import Artifact

    path = written.get("path")
    return Artifact(
        name=name,
        path=None if path is None else PurePosixPath(path),
        uri=written.get("uri"),
        sha256=written.get("sha256"),
        size=written.get("size"),
        fetch=written.get("fetch"),
    )


SCHEMES = ("https", "http", "s3", "gs", "az", "file", "hf")

_ALIASES = {"gcs": "gs", "s3a": "s3", "s3n": "s3", "abfs": "az", "abfss": "az", "azure": "az"}
_EXAMPLES = {
    "https": "https://example.org/weights.bin",
    "http": "https://example.org/weights.bin",
    "s3": "s3://bucket/weights.bin",
    "gs": "gs://bucket/weights.bin",
    "az": "az://container/weights.bin",
    "file": "file:///data/weights.bin",
    "hf": "hf://org/repo@revision/weights.bin",
}

Fault = tuple[str, str, str]
"""A finding's code, its message, and the way out."""


def check_uri(view: View, uri: str, at: str, *, digest_stated: bool) -> Iterator[Problem]:
    """Yield what is wrong with an artifact's URI, which stands at the pointer ``at``."""
    found = _first_fault(view.root, uri, digest_stated)
    if found is not None:
        code, message, hint = found
        yield view.problem(code, message, at=at, hint=hint)


def _first_fault(root: Path, uri: str, digest_stated: bool) -> Fault | None:
    if "${" in uri:
        return "variable", NO_VARIABLES, "Write out the URI."
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return (
            "bad-url",
            "This is not a valid URI",
            "Write it like `https://example.org/weights.bin`.",
        )
    if parts.scheme not in SCHEMES:
        return unknown(parts.scheme)
    for check in (credentials, form, _RULES.get(parts.scheme, _bucket)):
        if found := check(parts):
            return found
    if parts.scheme == "file":
        return _inside(root, parts)
    return None if digest_stated else _unguarded(parts)


def unknown(scheme: str, schemes: tuple[str, ...] = SCHEMES) -> Fault:
    """Say that a scheme is not one of those that can be used here."""
    near = _ALIASES.get(scheme) or closest(scheme, schemes)
    known = ", ".join(schemes)
    hint = f"Did you mean `{near}://`?" if near else f"Use one of {known}."
    return "unknown-scheme", f"The URI scheme `{scheme}://` is not supported", hint


def credentials(parts: SplitResult) -> Fault | None:
    """Find a login or a signature in a URI."""
    if parts.username is not None or parts.password is not None:
        message = "The URI contains credentials, which anyone who reads the manifest could use"
        hint = "Remove them; use a netrc file or the cloud provider's own variables and files."
        return "credentials-in-url", message, hint
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if name.lower() in SIGNATURES:
            message = (
                f"The URI is signed: its `{name}` gives everyone who reads the manifest access"
            )
            hint = "Specify the object itself, such as `s3://bucket/weights.bin`."
            return "credentials-in-url", message, hint
    return None


def form(parts: SplitResult) -> Fault | None:
    """Find what no path of a file may have."""
    example = f"Write it like `{_EXAMPLES[parts.scheme]}`."
    if parts.fragment:
        return (
            "bad-url",
            "An artifact URI cannot have a fragment (`#`)",
            "If `#` is part of a name, write `%23`.",
        )
    if parts.query and parts.scheme not in ("http", "https"):
        message = f"A `{parts.scheme}://` URI cannot have a query (`?`)"
        return "bad-url", message, "If `?` is part of a name, write `%3F`."
    segments = parts.path.removesuffix("/").split("/")[1:]
    if any(unquote(segment) in ("", ".", "..") for segment in segments):
        return "bad-url", "The URI's path contains an empty segment, `.` or `..`", example
    if any(ord(character) < 32 for character in unquote(parts.path)):
        return "bad-url", "The URI's path contains a control character", example
    return None


def _web(parts: SplitResult) -> Fault | None:
    if not parts.hostname or parts.path in ("", "/"):
        return (
            "bad-url",
            "The URI must include a host and the path of a file",
            f"Write it like `{_EXAMPLES['https']}`.",
        )
    if parts.path.endswith("/"):
        message = "A URI that ends in `/` is a folder, and a web server does not list its files"
        return "bad-url", message, "Specify a single file, or move the folder to a bucket."
    return None


def _bucket(parts: SplitResult) -> Fault | None:
    if not parts.netloc or parts.path in ("", "/"):
        hint = f"Write it like `{_EXAMPLES[parts.scheme]}`."
        return "bad-url", "The URI must include a bucket and a path", hint
    return None


def _hub(parts: SplitResult) -> Fault | None:
    segments = parts.path.strip("/").split("/")
    repository = segments[1:2] if parts.netloc in ("datasets", "spaces") else segments[:1]
    if not parts.netloc or not repository or not re.match(r"[^@]", repository[0]):
        return "bad-url", "The URI must include a repository", f"Write it like `{_EXAMPLES['hf']}`."
    return None


def _file(parts: SplitResult) -> Fault | None:
    if parts.netloc not in ("", "localhost") or parts.path in ("", "/"):
        message = "A `file://` URI must have an absolute path, with three slashes"
        hint = f"Write it like `{_EXAMPLES['file']}`; a path inside the project needs no URI."
        return "bad-url", message, hint
    return None


def _inside(root: Path, parts: SplitResult) -> Fault | None:
    path = Path(os.path.normpath(unquote(parts.path)))
    if not path.is_relative_to(root):
        return None
    message = "The file is inside the project, whose path differs on other machines"
    inside = path.relative_to(root).as_posix()
    hint = f"Write `path: {inside}`." if inside != "." else "List the files that the model reads."
    return "absolute-path", message, hint


def _unguarded(parts: SplitResult) -> Fault | None:
    if parts.scheme != "http" or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        return None
    message = "Plain HTTP does not protect the file from tampering before it is first locked"
    return "insecure-http", message, "Use https://, or set the file's `sha256`."


_RULES: dict[str, Callable[[SplitResult], Fault | None]] = {
    "https": _web,
    "http": _web,
    "hf": _hub,
    "file": _file,
}
