"""Artifacts: local files and folders by name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from mlpack.document import join
from mlpack.errors import Problem
from mlpack.manifest.model import Artifact
from mlpack.manifest.paths import check_path
from mlpack.manifest.view import View


def parse(view: View) -> tuple[Artifact, ...]:
    """Return the artifacts in the order written."""
    written = view.keys.get("artifacts", {})
    return tuple(_parse_one(name, _long_form(value)) for name, value in written.items())


def check(view: View) -> Iterator[Problem]:
    """Yield what is wrong with each artifact."""
    for name, value in view.keys.get("artifacts", {}).items():
        at = join("/artifacts", name)
        written = _long_form(value)
        if "uri" in written or "fetch" in written:
            yield _not_yet(view, at, "fetch" if "fetch" in written else "uri")
        else:
            yield from _check_local(
                view, written["path"], at if isinstance(value, str) else f"{at}/path"
            )


def _check_local(view: View, path: str, at: str) -> Iterator[Problem]:
    if PurePosixPath(path) == PurePosixPath():
        hint = "Name the files or folders that the model reads."
        yield view.problem("bad-path", "The whole project cannot be an artifact", at=at, hint=hint)
    else:
        yield from check_path(view, path, at)


def _not_yet(view: View, at: str, key: str) -> Problem:
    # The one place that refuses what the schema already knows.
    place = f"{at}/{key}" if view.document.place(f"{at}/{key}") else at
    message = "This version of mlpack takes artifacts from local files only"
    hint = "Download the file first, and give its path inside the project."
    return view.problem("not-yet", message, at=place, hint=hint)


def _long_form(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    return {"uri" if "://" in value else "path": value}


def _parse_one(name: str, written: dict[str, Any]) -> Artifact:
    path = written.get("path")
    return Artifact(
        name=name,
        path=None if path is None else PurePosixPath(path),
        uri=written.get("uri"),
        sha256=written.get("sha256"),
        size=written.get("size"),
        fetch=written.get("fetch"),
    )
