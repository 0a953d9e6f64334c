"""The tools that a build starts: uv, and interpreters of the model's Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires

from mlpack.errors import MlpackError
from mlpack.report import Fact
from mlpack.uv import Uv, find_interpreter

_ALL = ("3.10", "3.11", "3.12", "3.13")


def check_uv(uv: Uv) -> Fact:
    """Say which uv runs, and whether it is as new as mlpack asks for."""
    try:
        answer = uv.run("--version")
    except MlpackError as error:
        return Fact(
            subject="uv", text=error.message, severity="error", code="no-uv", hint=error.hint
        )
    found = re.search(r"\d+(\.\d+)+", answer.stdout)
    if answer.code or found is None:
        hint = "Install it anew: `pip install --force-reinstall uv`."
        return Fact(subject="uv", text="uv does not run", severity="error", code="no-uv", hint=hint)
    text = f"{found[0]}, at {uv.executable}"
    needed = _needed_uv()
    if needed and _parts(found[0]) < _parts(needed):
        hint = "Run `pip install --upgrade uv` where mlpack is installed."
        message = f"{text}; mlpack is made for {needed} and later"
        return Fact(subject="uv", text=message, code="old-uv", hint=hint, severity="warning")
    return Fact(subject="uv", text=text)


def absent_uv(error: MlpackError) -> Fact:
    """Say that there is no uv to start."""
    return Fact(subject="uv", text=error.message, severity="error", code="no-uv", hint=error.hint)


def check_interpreters(uv: Uv, pythons: Iterable[str]) -> Iterator[Fact]:
    """Say which interpreter serves each Python asked for; without any, which ones there are."""
    asked = sorted(set(pythons), key=_parts)
    for minor in asked or _ALL:
        found = find_interpreter(uv, minor)
        if found:
            yield Fact(subject=f"Python {minor}", text=f"{found.version}, at {found.path}")
        elif asked:
            yield Fact(
                subject=f"Python {minor}",
                text=f"No Python {minor} is installed here, and the manifest asks for it",
                severity="error",
                code="no-interpreter",
                hint=f"Run `uv python install {minor}`.",
            )


def _needed_uv() -> str | None:
    try:
        lines = requires("mlpack-mlflow") or ()
    except PackageNotFoundError:
        return None
    found = [re.fullmatch(r"uv\s*>=\s*([\d.]+).*", line) for line in lines]
    return next((match[1] for match in found if match), None)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
