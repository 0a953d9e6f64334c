"""What travels with the code and should not, and what it does that a package cannot bear."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mlpack.core.errors import Problem
from mlpack.core.files import is_file
from mlpack.manifest.code import silenced
from mlpack.manifest.code.folders import find_secret, is_secret, never_shipped
from mlpack.manifest.rules.model_class import can_judge_syntax, syntax_problem
from mlpack.manifest.rules.modules import Found, find_class, of
from mlpack.manifest.view import View

_TEXTS = (".py", ".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".txt", ".sh", ".env")
# What MLflow makes of the items of a hint `list[…]`.
_COLUMN_TYPES = {
    "str": "string", "int": "long", "float": "double", "bool": "boolean", "bytes": "binary",
    "datetime": "datetime",
}  # fmt: skip
_LARGEST = 262_144
"""Bytes; secrets stand in small files, and reading weights would take long."""


def check_files(view: View) -> Iterator[Problem]:
    """Yield secrets below the code paths: those left out by their names, and those shipped."""
    if not view.has_class:
        return
    sources = of(view)
    exclude = tuple(view.keys.get("code_exclude", ()))
    for index, path in enumerate(sources.code_paths):
        at = f"/code_paths/{index}" if "code_paths" in view.keys else "/model"
        if path.name:
            yield from _below(view, view.root / path, at, exclude)


def _below(view: View, path: Path, at: str, exclude: tuple[str, ...]) -> Iterator[Problem]:
    if is_file(path):
        yield from _check_text(view, path, at)
        return
    for here, folders, files in os.walk(path):
        named = [name for name in (*folders, *files) if not _matches(view, here, name, exclude)]
        for name in sorted(name for name in named if is_secret(name)):
            yield _left_out(view, Path(here) / name, at)
        kept = {name for name in named if not never_shipped(name)}
        folders[:] = sorted(
            name for name in folders
            if name in kept and not os.path.exists(f"{here}/{name}/pyvenv.cfg")  # noqa: PTH110
        )  # fmt: skip
        for name in sorted(kept.intersection(files)):
            yield from _check_text(view, Path(here) / name, at)


def _matches(view: View, here: str, name: str, exclude: tuple[str, ...]) -> bool:
    relative = (Path(here) / name).relative_to(view.root).as_posix() if exclude else ""
    return any(fnmatchcase(relative, each) or fnmatchcase(name, each) for each in exclude)


def _left_out(view: View, path: Path, at: str) -> Problem:
    shown = path.relative_to(view.root).as_posix()
    return view.problem(
        "secret-left-out",
        f"`{shown}` is named like a secret, so it is left out of the package",
        at=at,
        hint=f'Move it elsewhere, or exclude it explicitly: `code_exclude: ["{path.name}"]`.',
        severity="warning",
    )


def _check_text(view: View, path: Path, at: str) -> Iterator[Problem]:
    if path.suffix not in _TEXTS or path.is_symlink() or path.stat().st_size > _LARGEST:
        return
    text = path.read_bytes().decode("utf-8", errors="replace")
    offset = find_secret(text)
    if offset is None:
        return
    line = text.count("\n", 0, offset) + 1
    if "secret-in-code" in silenced(text).get(line, ()):
        return
    # It points at the code path: an excerpt of the line would print the secret into a log.
    shown = path.relative_to(view.root).as_posix()
    yield view.problem(
        "secret-in-code",
        f"Line {line} of `{shown}` contains what looks like a key or a token, and would be shipped",
        at=at,
        hint="Remove and revoke it; read it from a variable listed in `verify.pass_env`.",
        severity="warning",
    )


def check_code(view: View) -> Iterator[Problem]:
    """Yield what the class's code does that a package cannot bear."""
    found = find_class(view)
    if found is None:
        return
    if found.family.agent is None:
        yield from _type_hint(found, view.keys.get("signature"))
    for module in found.reached.modules.values():
        if module.mistake and can_judge_syntax(view):
            yield syntax_problem(module.mistake, "warning")
        for write in module.writes:
            yield Problem(
                code="writes-beside-itself",
                message=f"`{write.call}` writes next to the code, but a package is often read-only",
                span=write.span,
                hint="Write to a temporary folder instead: `tempfile.mkdtemp()`.",
                severity="warning",
            )


def _type_hint(found: Found, signature: Any) -> Iterator[Problem]:
    predict = found.family.method("predict")
    given = [each for each in predict.given if each.name != "context"] if predict else []
    hint = given[0] if given else None
    written = (hint.annotation or "").strip("'\"") if hint else ""
    head = written.partition("[")[0].rpartition(".")[2]
    if hint is None or head not in ("list", "List") or _is_declared(written, signature):
        return
    yield Problem(
        code="type-hint",
        message=f"The type hint `{written}` makes MLflow validate and convert `{hint.name}` "
        "by the hint instead of the declared signature",
        span=hint.span,
        hint="Remove the type hint, or use one that matches the signature: `pd.DataFrame`.",
        severity="warning",
    )


def _is_declared(hint: str, signature: Any) -> bool:
    """Whether the signature's one column, without a name, is what MLflow makes of ``list[…]``."""
    inputs = signature.get("inputs") if isinstance(signature, dict) else None
    item = hint.partition("[")[2].removesuffix("]").strip().rpartition(".")[2]
    kind = _COLUMN_TYPES.get(item)
    return kind is not None and isinstance(inputs, list) and inputs == [{"type": kind}]
