"""One requirement: what it may name, and where it may come from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from mlpack.core.errors import Problem
from mlpack.manifest.schema import closest
from mlpack.manifest.schema.words import short
from mlpack.manifest.view import View

NO_VARIABLES = "Variables are not supported: the same manifest must give the same build everywhere"

# Most requirements are as simple, and need no import of a real parser.
SIMPLE = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
    r"( ?((==|!=)\d+(\.\d+)*(\.\*)?|(>=|<=|<|>)\d+(\.\d+)*|~=\d+(\.\d+)+))?"
)
_CODE = "Ship the project's own code with `code_paths`, or publish the package to an index."
_PINNED = "Invalid version specifier: pin a version with `==`"
# What pip, conda, Poetry and npm users write out of habit: the form, what is wrong, what to write.
_SLIPS = (
    (r"([\w.-]+)\s*=\s*([\w.*+!]+)", _PINNED, r"\1==\2"),
    (r"([\w.-]+)\s+(\d[\w.*+!]*)", _PINNED, r"\1==\2"),
    (r"([\w.-]+)\s*@\s*v?(\d[\w.*+!]*)", _PINNED, r"\1==\2"),
    (r"([\w.-]+)\s*=>\s*([\w.]+)", "Invalid operator `=>`", r"\1>=\2"),
    (r"([\w.-]+)\s*=<\s*([\w.]+)", "Invalid operator `=<`", r"\1<=\2"),
    (
        r"([\w.-]+)\s*(?:=\s*)?\"?\^\s*([\w.]+)\"?",
        "Invalid operator `^`, which only Poetry supports",
        r"\1~=\2",
    ),
    (
        r"([\w.-]+)\s*([<>=!~]=?[\w.*]+)\s+([<>=!~]=?[\w.*]+)",
        "Missing comma between two version bounds",
        r"\1\2,\3",
    ),
)
# Bounds from above alone: with any other, a supported version can be found.
_MLFLOW = re.compile(r"(mlflow(?:-skinny)?)\s*(?:==|<=?|~=(?=\s*\d+\.\d+\.))\s*(\d+)(?:\.(\d+))?\b")
_COMMIT = re.compile(r"@[0-9a-f]{40}$")
_PATH = re.compile(r"(\.{1,2}[/\\]|[/~]|\.$|file:|[A-Za-z]:[\\/])|.*\.(whl|tar\.gz|zip)$")


def check_requirement(view: View, line: str, at: str, unhashed: Sequence[str]) -> Iterator[Problem]:
    """Yield what is wrong with one line; ``unhashed`` are the names that may come from git."""
    text = line.strip()
    yield from _check_mlflow(view, text, at)
    if text.startswith("-"):
        yield _option(view, text, at)
    elif _PATH.match(text) and "://" not in text:
        yield view.problem("local-requirement", _local(text), at=at, hint=_CODE)
    elif "${" in text:
        yield view.problem("variable", NO_VARIABLES, at=at, hint="Write the requirement out.")
    elif re.match(r"[a-z+]+://", text):
        yield _nameless(view, text, at)
    elif not SIMPLE.fullmatch(text) and (slip := _slip(view, text, at)):
        yield slip
    elif not SIMPLE.fullmatch(text):
        yield from _check_named(view, text, at, unhashed)


def _check_mlflow(view: View, text: str, at: str) -> Iterator[Problem]:
    pinned = _MLFLOW.match(text)
    if pinned is None or (int(pinned[2]), int(pinned[3] or 0)) >= (2, 20):
        return
    message = f"`{short(text)}` allows no MLflow that mlpack supports, which is 2.20 or later"
    hint = f"Write `{pinned[1]}>=2.20`."
    yield view.problem("old-mlflow", message, at=at, hint=hint, severity="warning")


def _option(view: View, text: str, at: str) -> Problem:
    if text.startswith(("-e", "--editable")):
        if git := re.search(r"(git\+\S+?)(#egg=([\w.-]+))?$", text):
            name = git[3] or "name"
            hint = f"Write `{name} @ {git[1]}`, with `allow_unhashed: [{name}]`."
            message = "A Git requirement cannot be editable in a package"
            return view.problem("bad-requirement", message, at=at, hint=hint)
        message = "An editable requirement works only on this machine"
        return view.problem("local-requirement", message, at=at, hint=_CODE)
    hints = {
        "-r": "Set `dependencies.file` to the file.",
        "-c": "Set `dependencies.constraints` to the file.",
        "--requirement": "Set `dependencies.file` to the file.",
        "--constraint": "Set `dependencies.constraints` to the file.",
        "-i": "Set `dependencies.index_url` instead.",
        "--index-url": "Set `dependencies.index_url` instead.",
        "--extra-index-url": "Add it to `dependencies.extra_index_urls`.",
        "-f": "Add it to `dependencies.find_links`.",
        "--find-links": "Add it to `dependencies.find_links`.",
        "--trusted-host": "Set the variable UV_INSECURE_HOST on the machines that need it.",
    }
    option = re.split(r"[\s=]", text)[0]
    message = f"The option `{option}` is not a requirement"
    return view.problem("bad-requirement", message, at=at, hint=hints.get(option, "Remove it."))


def _nameless(view: View, text: str, at: str) -> Problem:
    message = "A URL requirement must start with the package name"
    shown = text if "@" not in text.partition("://")[2].partition("/")[0] else "https://…"
    wheel = re.search(r"/([A-Za-z0-9_.]+)-[^/-]+-[^/-]+-[^/-]+-[^/-]+\.whl$", text)
    name = wheel[1].replace("_", "-") if wheel else "name"
    return view.problem("bad-requirement", message, at=at, hint=f"Write `{name} @ {shown}`.")


def _local(text: str) -> str:
    return f"The requirement `{text}` is a local path, which exists only on this machine"


def _check_named(view: View, text: str, at: str, unhashed: Sequence[str]) -> Iterator[Problem]:
    # In here: most commands need no requirement, and the import takes 20 ms.
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        yield _unreadable(view, text, at)
        return
    if requirement.url is None:
        yield from _check_torch(view, requirement.name, str(requirement.specifier), at)
        return
    if _PATH.match(requirement.url) and not requirement.url.startswith(("http", "git+")):
        conda = re.match(r"file:///(croot|home/conda|tmp/build|opt/conda)/", requirement.url)
        hint = f"The path is from conda; write `{requirement.name}==VERSION`." if conda else _CODE
        yield view.problem("local-requirement", _local(requirement.name), at=at, hint=hint)
    elif requirement.url.startswith("git+"):
        name = canonicalize_name(requirement.name)
        near = None if name in unhashed else closest(name, unhashed)
        yield from _check_git(
            view, requirement.url, requirement.name, at, named=name in unhashed, near=near
        )
    else:
        yield from _check_location(view, requirement.url, at, ("http", "https"))


def _check_torch(view: View, name: str, specifier: str, at: str) -> Iterator[Problem]:
    """Warn of a build of PyTorch's that the usual index does not have."""
    stated = view.keys.get("dependencies") if isinstance(view.keys, dict) else None
    elsewhere = {"torch_backend", "index_url", "extra_index_urls", "find_links", "file"}
    known = isinstance(stated, dict) and elsewhere & stated.keys()
    if stated and not known and (found := torch_build(name, specifier)):
        yield view.problem(
            found.code, found.message, at=at, hint=str(found.hint), severity="warning"
        )


def torch_build(name: str, text: str) -> Problem | None:
    """Return a warning, without its place, where ``text`` asks for a build that PyPI lacks."""
    backend = re.search(r"\+(cpu|cu\d+|rocm[\d.]+|xpu)\b", text)
    if not backend or not name.lower().startswith("torch"):
        return None
    return Problem(
        code="requirement-name",
        message=f"PyPI does not have builds of `{name}` for `{backend[1]}`",
        hint=f"Set `torch_backend: {backend[1]}` under `dependencies`.",
        severity="warning",
    )


def _slip(view: View, text: str, at: str) -> Problem | None:
    for pattern, message, correction in _SLIPS:
        if match := re.fullmatch(pattern, text):
            hint = f"Write `{match.expand(correction)}`."
            return view.problem("bad-requirement", message, at=at, hint=hint)
    return None


def _unreadable(view: View, text: str, at: str) -> Problem:
    message = f"`{short(text)}` is not a valid requirement"
    hint = 'Write `name==1.2`, `name[extra]>=1.2,<2` or `name; python_version < "3.12"`.'
    return view.problem("bad-requirement", message, at=at, hint=hint)


def _check_git(
    view: View, url: str, name: str, at: str, *, named: bool, near: str | None
) -> Iterator[Problem]:
    wrong = list(_check_location(view, url, at, ("git+https", "git+http")))
    yield from wrong
    if wrong:
        return
    if not _COMMIT.search(url.partition("#")[0]):
        message = f"The Git requirement `{name}` is not pinned to a commit"
        hint = "End the URL with `@` and the 40-digit hash of a commit."
        yield view.problem("unpinned-git", message, at=at, hint=hint)
    if not named:
        message = f"The Git requirement `{name}` has no hash"
        hint = (
            f"Write `allow_unhashed: [{name}]` under `dependencies` to accept requirements without "
            "hashes, or use a release from an index."
        )
        if near:
            hint = f"Did you mean `{name}` instead of `{near}` in `allow_unhashed`?"
        yield view.problem("unhashed-git", message, at=at, hint=hint)


def _check_location(view: View, url: str, at: str, schemes: tuple[str, ...]) -> Iterator[Problem]:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme in ("git+file", "file"):
        yield view.problem("local-requirement", _local(url), at=at, hint=_CODE)
    elif parts.scheme not in schemes or not host:
        message = "A requirement's URL must begin with https://, or git+https:// for a repository"
        hint = "Use a URL that every machine can reach."
        if match := re.match(r"git\+ssh://(?:git@)?([^/:]+)[/:](.+)", url):
            hint = f"Write `git+https://{match[1]}/{match[2]}`."
        yield view.problem("bad-requirement", message, at=at, hint=hint)
    elif parts.username is not None or parts.password is not None:
        message = "The URL contains credentials, which would end up in the lock and the package"
        hint = "Remove them: uv and git read credentials from a netrc file or a keyring."
        yield view.problem("credentials-in-url", message, at=at, hint=hint)


def check_url(view: View, url: str, at: str) -> Iterator[Problem]:
    """Yield what is wrong with the URL of an index or a page of links."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host:
        hint = "Write a URL that begins with https:// or http://, or a folder inside the project."
        yield view.problem("bad-url", "This is not a valid index URL", at=at, hint=hint)
    elif parts.username is not None or parts.password is not None:
        hint = "Remove them: uv reads credentials from a netrc file, a keyring, or its variables."
        message = "The URL contains credentials, which would end up in the package"
        yield view.problem("credentials-in-url", message, at=at, hint=hint)
