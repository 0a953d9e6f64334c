"""Files and folders in buckets of three clouds, on servers that speak their protocols."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlpack.adapters.sources import partial
from mlpack.core.digest import tree_digest
from mlpack.core.errors import OutsideError
from tests.adapters.sources import emulators
from tests.adapters.sources.conftest import Fetcher

pytestmark = [pytest.mark.slow, pytest.mark.network]

LARGE = random.Random(1).randbytes(3_000_000)
FOLDER = {
    "weights.bin": LARGE,
    "a b.txt": b"a space",
    "sub/deep/c.bin": b"deep",
    "sub/ä~(1)#?%20+.txt": b"a hard name",
    "empty": b"",
}
OBJECTS = {
    **{f"models/v1/{name}": content for name, content in FOLDER.items()},
    "models/v1/": b"",
    "models/v10/other": b"of a longer name",
    "top.bin": LARGE,
}


@dataclass(frozen=True)
class Cloud:
    base: str
    environ: dict[str, str]


@pytest.fixture(scope="module", params=["s3", "gs", "az"])
def cloud(
    request: pytest.FixtureRequest, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        if request.param == "az":
            environ = stack.enter_context(emulators.az(folder, OBJECTS))
        else:
            server = getattr(emulators, request.param)
            environ = stack.enter_context(server(cache, folder, OBJECTS))
        bucket = "container" if request.param == "az" else "bucket"
        yield Cloud(f"{request.param}://{bucket}", environ)


@pytest.fixture
def opened(cloud: Cloud, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch) -> Fetcher:
    """A fetcher with the cloud's variables, where the library reads them too."""
    monkeypatch.setattr(partial, "PART", 1 << 20)
    for name, value in cloud.environ.items():
        monkeypatch.setenv(name, value)
    fetcher.environ.update(cloud.environ)
    return fetcher


def test_a_file_arrives_in_parts(cloud: Cloud, opened: Fetcher) -> None:
    assert opened.bytes(f"{cloud.base}/top.bin") == LARGE
    assert len((opened.folder / "journal").read_text().splitlines()) == 4


def test_an_empty_file_arrives(cloud: Cloud, opened: Fetcher) -> None:
    assert opened.bytes(f"{cloud.base}/models/v1/empty") == b""


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_folder_arrives_with_its_names(
    cloud: Cloud, opened: Fetcher, tmp_path: Path, slash: str
) -> None:
    for name, content in FOLDER.items():
        path = tmp_path / "expected" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    there = opened(f"{cloud.base}/models/v1{slash}").path
    names = {path.relative_to(there).as_posix() for path in there.rglob("*") if path.is_file()}
    assert names == set(FOLDER)
    assert tree_digest(there).digest == tree_digest(tmp_path / "expected").digest


def test_what_is_not_there_is_said_in_one_sentence(cloud: Cloud, opened: Fetcher) -> None:
    for path in ("nothing.bin", "nothing/"):
        with pytest.raises(OutsideError, match="does not exist"):
            opened(f"{cloud.base}/{path}")


def test_a_bucket_that_is_not_there_is_said_in_one_sentence(cloud: Cloud, opened: Fetcher) -> None:
    with pytest.raises(OutsideError, match=r"does not exist|cannot be downloaded|was denied"):
        opened(f"{cloud.base}-of-nobody/top.bin")
