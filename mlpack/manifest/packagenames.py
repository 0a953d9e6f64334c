"""Names of requirements that are no package's: a module's, or one that Python itself has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mlpack.errors import Problem
from mlpack.manifest.known_imports import distributions, in_standard_library
from mlpack.manifest.provided import normal
from mlpack.manifest.view import View

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_name(view: View, line: str, at: str) -> Iterator[Problem]:
    """Yield a warning where a requirement names a module instead of the package that brings it."""
    match = _NAME.match(line.strip())
    if match is None or " @ " in line:
        return
    name, rest = match[0], line.strip()[match.end() :]
    packages = distributions(name)
    if packages and normal(name) not in map(normal, packages):
        message = f"`{name}` is the module, and its package is called `{packages[0]}`"
        hint = f"Write `{packages[0]}{rest}`."
    elif not packages and in_standard_library(name, str(view.keys.get("python", ""))):
        message = f"`{name}` is part of Python, and no package to install"
        hint = "Remove it."
    else:
        return
    yield view.problem("requirement-name", message, at=at, hint=hint, severity="warning")
