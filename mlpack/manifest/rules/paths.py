"""Rules for paths: relative, inside the project, and there.

Files are asked for through ``os.path``, which takes any name: pathlib raises for long ones.
"""

# ruff: noqa: PTH110, PTH113, PTH114, PTH115, PTH208

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal

from mlpack.core.errors import Problem
from mlpack.manifest.schema import closest
from mlpack.manifest.view import View

Kind = Literal["file", "folder", "any"]

_INSIDE = "Specify a file inside the project, relative to the manifest."


def check_path(view: View, text: str, at: str, *, kind: Kind = "any") -> Iterator[Problem]:
    """Yield what is wrong with the project path ``text`` that stands at the pointer ``at``."""
    yield from _form(view, text, at) or _presence(view, text, at, kind)


def _form(view: View, text: str, at: str) -> list[Problem]:
    if text.startswith(("/", "~")) or re.match(r"[A-Za-z]:[\\/]", text):
        return [_absolute(view, text, at)]
    if "://" in text:
        return [view.problem("not-a-path", f"`{text}` is a URI, not a path", at=at, hint=_INSIDE)]
    if ".." in PurePosixPath(text).parts:
        message = f"The path `{text}` must not contain `..`"
        return [view.problem("parent-path", message, at=at, hint=_INSIDE)]
    unprintable = any(ord(character) < 32 for character in text)
    if unprintable or not text.strip() or any(len(part.encode()) > 255 for part in text.split("/")):
        return [view.problem("bad-path", "This is not a valid file path", at=at, hint=_INSIDE)]
    return []


def _absolute(view: View, text: str, at: str) -> Problem:
    path = Path(os.path.normpath(text))
    hint = _INSIDE
    if path.is_relative_to(view.root) and path != view.root:
        hint = f"Write it relative to the manifest: `{path.relative_to(view.root).as_posix()}`."
    message = f"The path `{text}` is absolute, so it exists only on this machine"
    return view.problem("absolute-path", message, at=at, hint=hint)


def _presence(view: View, text: str, at: str, kind: Kind) -> Iterator[Problem]:
    path = view.root / text
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        yield _missing(view, text, at)
        return
    if not real.is_relative_to(view.root.resolve()):
        message = f"`{text}` points outside the project through a symbolic link"
        yield view.problem(
            "symlink-outside", message, at=at, hint="Copy the file into the project."
        )
    elif kind == "file" and not real.is_file():
        hint = "Specify a single file inside it."
        yield view.problem("not-a-file", f"`{text}` is a folder, not a file", at=at, hint=hint)
    elif kind == "folder" and not real.is_dir():
        hint = "Specify the folder that contains it."
        yield view.problem("not-a-folder", f"`{text}` is a file, not a folder", at=at, hint=hint)
    elif not (real.is_file() or real.is_dir()):
        message = f"`{text}` is neither a file nor a folder"
        yield view.problem("not-a-file", message, at=at, hint="Specify a regular file.")


def pointer(view: View, text: str, at: str) -> Problem | None:
    """Return the finding for a path whose content another tool has not brought here yet."""
    kind = command = ""
    if os.path.islink(view.root / text):
        if "annex/objects/" in os.readlink(view.root / text):
            kind, command = "git-annex", f"git annex get {text}"
    else:
        parts = PurePosixPath(text)
        names = [f"{each}.dvc" for each in (parts, *parts.parents)]
        if name := next((each for each in names if os.path.isfile(view.root / each)), None):
            kind, command = "DVC", f"dvc pull {name}"
    if not kind:
        return None
    message = f"`{text}` is missing: there is only a {kind} pointer to it"
    return view.problem("pointer-file", message, at=at, hint=f"Run `{command}`.")


def _missing(view: View, text: str, at: str) -> Problem:
    if found := pointer(view, text, at):
        return found
    if os.path.islink(view.root / text):
        message = f"`{text}` is a broken symbolic link"
        return view.problem("missing-file", message, at=at, hint="Fix the link.")
    near = _near(view.root, PurePosixPath(text.replace("\\", "/")))
    hint = f"Did you mean `{near}`?" if near else "Create it, or fix the path."
    if near == text.replace("\\", "/"):
        hint = f"Use forward slashes: `{near}`."
    return view.problem("missing-file", f"`{text}` does not exist", at=at, hint=hint)


def _near(root: Path, path: PurePosixPath) -> str | None:
    """Return the path with each missing part replaced by a similar name, if that exists."""
    known = PurePosixPath()
    for part in path.parts:
        name: str | None = part
        if not os.path.exists(root / known / part):
            try:
                name = closest(part, os.listdir(root / known))
            except OSError:
                return None
        if name is None:
            return None
        known /= name
    return str(known)
