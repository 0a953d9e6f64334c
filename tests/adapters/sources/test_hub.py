"""Files and folders of a hub's repositories, from a small hub on loopback."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from mlpack.adapters.sources.hub import Address, address
from mlpack.core.errors import MlpackError
from tests.adapters.sources.conftest import Fetcher
from tests.adapters.sources.fakehub import TOKEN, FakeHub
from tests.adapters.sources.faulty import FaultyServer

LARGE = random.Random(2).randbytes(500_000)
FILES = {
    "config.json": b"{}",
    "model.safetensors": LARGE,
    "tokenizer/vocab.txt": b"a\nb\n",
    "tokenizer/a b#.txt": b"",
}


@pytest.fixture
def hub(server: FaultyServer, fetcher: Fetcher) -> Iterator[FakeHub]:
    with FakeHub(server).running() as running:
        running.push("org/repo", FILES)
        fetcher.environ["HF_ENDPOINT"] = running.url
        yield running


def _refused(fetcher: Fetcher, uri: str, revision: str | None = None) -> MlpackError:
    with pytest.raises(MlpackError) as caught:
        fetcher(uri, revision=revision)
    return caught.value


def test_addresses() -> None:
    assert address("hf://org/repo@v1/a/b.bin") == Address(
        kind="model", repository="org/repo", revision="v1", path="a/b.bin"
    )
    assert address("hf://datasets/org/repo@refs%2Fpr%2F1/a%20b") == Address(
        kind="dataset", repository="org/repo", revision="refs/pr/1", path="a b"
    )
    assert address("hf://org/repo") == Address(
        kind="model", repository="org/repo", revision=None, path=""
    )


def test_a_small_and_a_large_file(hub: FakeHub, fetcher: Fetcher) -> None:
    for name in ("config.json", "model.safetensors"):
        delivery = fetcher(f"hf://org/repo@main/{name}")
        assert delivery.path.read_bytes() == FILES[name]
        assert delivery.revision == hub.branches["org/repo", "main"]


@pytest.mark.parametrize("path", ["", "/tokenizer"])
def test_a_folder_and_a_whole_repository(hub: FakeHub, fetcher: Fetcher, path: str) -> None:
    there = fetcher(f"hf://org/repo{path}").path
    found = {
        file.relative_to(there).as_posix(): file.read_bytes()
        for file in there.rglob("*")
        if file.is_file()
    }
    below = path.strip("/")
    assert found == {
        name.removeprefix(f"{below}/"): content
        for name, content in FILES.items()
        if name.startswith(below)
    }


def test_a_branch_that_moved_on_does_not_matter_to_a_pinned_commit(
    hub: FakeHub, fetcher: Fetcher
) -> None:
    pinned = fetcher("hf://org/repo@main/config.json").revision
    hub.push("org/repo", {**FILES, "config.json": b'{"new": 1}'})
    assert fetcher("hf://org/repo@main/config.json", revision=pinned).path.read_bytes() == b"{}"
    assert fetcher("hf://org/repo@main/config.json").path.read_bytes() == b'{"new": 1}'


def test_the_hub_promises_the_digests_of_large_files(hub: FakeHub, fetcher: Fetcher) -> None:
    promised = fetcher("hf://org/repo@main/model.safetensors", name="model").promised
    assert list(promised) == ["model"]
    assert promised["model"].startswith("sha256:")


def test_a_large_file_survives_a_dropped_connection(
    hub: FakeHub, server: FaultyServer, fetcher: Fetcher
) -> None:
    for page in server.pages.values():
        page.drops, page.cut = 3, 100_000
    assert fetcher("hf://org/repo@main/model.safetensors").path.read_bytes() == LARGE


def test_a_private_repository_needs_the_token_which_goes_to_the_hub_alone(
    hub: FakeHub, server: FaultyServer, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN_PATH", "/nonexistent")
    hub.private.add("org/repo")
    assert "was denied" in _refused(fetcher, "hf://org/repo/model.safetensors").message
    fetcher.environ["HF_TOKEN"] = TOKEN.removeprefix("Bearer ")
    assert fetcher("hf://org/repo/model.safetensors").path.read_bytes() == LARGE
    assert set(server.logins) == {None}


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("hf://org/repo@nowhere/config.json", "no such revision"),
        ("hf://org/repo/nothing.json", "does not exist"),
        ("hf://org/nothing/config.json", "does not exist|was denied"),
    ],
)
def test_what_is_not_there(hub: FakeHub, fetcher: Fetcher, uri: str, sentence: str) -> None:
    error = _refused(fetcher, uri)
    assert error.exit_code == 7
    assert any(words in error.message for words in sentence.split("|"))


def test_a_small_file_that_is_not_the_listed_one_is_refused(
    hub: FakeHub, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.adapters.sources.fakehub as module

    entry = module._entry
    monkeypatch.setattr(module, "_entry", lambda path, _: entry(path, b"[]"))
    assert _refused(fetcher, "hf://org/repo/config.json").exit_code == 4


def test_without_the_client_the_way_out_is_the_extra(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    error = _refused(fetcher, "hf://org/repo/config.json")
    assert error.exit_code == 7
    assert error.hint == "run `pip install 'mlpack-mlflow[hf]'`"
