"""Environments from an index on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlpack.adapters.environments import UvEnvironments
from mlpack.adapters.uv import find_uv
from tests.indexes import Index, surroundings


@pytest.fixture
def index() -> Iterator[Index]:
    with Index().served() as found:
        yield found


@pytest.fixture
def environments(index: Index, tmp_path: Path) -> UvEnvironments:
    uv = find_uv(surroundings(index, tmp_path))
    return UvEnvironments(uv=uv, cache=tmp_path / "mlpack-cache")
