"""Artifacts: files and folders by name, inside the project, remote, or made by a command."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mlpack.document import join
from mlpack.errors import Problem
from mlpack.manifest.content import check_data
from mlpack.manifest.existence import is_file, is_folder
from mlpack.manifest.uris import check_uri
from mlpack.manifest.view import View

if TYPE_CHECKING:
    from mlpack.manifest.model import Artifact

_SHELL = frozenset({"|", "||", "&", "&&", ";", "<", ">", ">>", "2>&1"})


def parse(view: View) -> tuple[Artifact, ...]:
    """Return the artifacts in the order written."""
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
        hint = "Name the files or folders that the model reads."
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
        yield view.problem("bad-command", "The command has no words", at=at, hint=hint)
    elif shell is not None:
        message = f"No shell runs the command: `{shell}` would be an argument of `{words[0]}`"
        hint = "Put the steps into a script, and name that."
        yield view.problem("bad-command", message, at=at, hint=hint)


def _long_form(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {"uri" if "://" in value else "path": value}


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
