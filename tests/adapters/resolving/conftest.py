"""A resolver with the real uv, which knows one index on loopback and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.environments import UvEnvironments
from mlpack.adapters.resolving import UvResolver
from mlpack.adapters.uv import find_uv
from mlpack.lock.model import LockedEnvironment
from mlpack.lock.request import ResolveRequest
from tests.indexes import Index, surroundings

Resolve = Callable[..., LockedEnvironment]


@pytest.fixture
def index() -> Iterator[Index]:
    with Index().served() as found:
        yield found


def resolver(environ: dict[str, str], tmp_path: Path) -> UvResolver:
    """Return the resolver as the program composes it."""
    uv = find_uv(environ)
    cache = tmp_path / "mlpack-cache"
    return UvResolver(uv=uv, environments=UvEnvironments(uv=uv, cache=cache), cache=cache)


@pytest.fixture
def resolve(index: Index, tmp_path: Path) -> Resolve:
    """Resolve requirements for Python 3.11; keywords go to the request, or say how to ask."""

    def ask(
        *requirements: str, environ: dict[str, str] | None = None, **more: Any
    ) -> LockedEnvironment:
        how = {key: more.pop(key) for key in ("previous", "upgrade", "offline") if key in more}
        request = ResolveRequest(
            python=more.pop("python", "3.11"), requirements=requirements, root=tmp_path
        )
        variables = surroundings(index, tmp_path, **(environ or {}))
        return resolver(variables, tmp_path).resolve(replace(request, **more), **how)

    return ask


def pins(found: LockedEnvironment) -> dict[str, str]:
    """Return name → version, a marker behind it where there is one."""
    return {
        package.name: package.version + (f" ; {package.marker}" if package.marker else "")
        for package in found.packages
    }
