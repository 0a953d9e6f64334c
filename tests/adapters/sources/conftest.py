"""Servers on loopback, and sources that do not wait long."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mlpack.adapters.sources import RemoteSources
from mlpack.adapters.sources.clients import Patience
from mlpack.ports import Delivery
from tests.adapters.sources.faulty import FaultyServer

HASTY = Patience(retries=3, silence=2.0, connect=2.0, first=0.01, longest=0.1)


@dataclass(slots=True)
class Fetcher:
    """Downloads into one folder, again and again, and keeps what the progress said."""

    folder: Path
    environ: dict[str, str]
    patience: Patience = HASTY
    heard: list[tuple[int, int | None]] = field(default_factory=list)

    def __call__(self, uri: str, name: str = "file", revision: str | None = None) -> Delivery:
        sources = RemoteSources(self.environ, self.patience)
        return sources.fetch(
            uri,
            name,
            self.folder,
            revision=revision,
            progress=lambda done, total: self.heard.append((done, total)),
        )

    def bytes(self, uri: str) -> bytes:
        return self(uri).path.read_bytes()


@pytest.fixture
def fetcher(tmp_path: Path) -> Fetcher:
    return Fetcher(tmp_path / "downloads", {"HOME": str(tmp_path / "home")})


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer().running() as running:
        yield running


@pytest.fixture(scope="session")
def content() -> Callable[[int], bytes]:
    """Bytes that compress badly and are the same in each run."""
    return lambda size: random.Random(size).randbytes(size)
