"""Packages on a small hub on loopback, sent there by the hub's own client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

import pytest

from mlpack.adapters.publishers import Places
from mlpack.adapters.publishers.hub import HubPublisher
from mlpack.core.digest import tree_digest
from mlpack.core.errors import IntegrityError, OutsideError, UsageError
from mlpack.ports.publishing import Published, Release
from tests.adapters.publishers.test_buckets import FILES, NOBODY, RECORD, release_of
from tests.adapters.sources.conftest import HASTY
from tests.adapters.sources.fakehub import TOKEN, FakeHub
from tests.adapters.sources.faulty import FaultyServer

TARGET = "hf://org/leaf"


@dataclass
class Hub:
    fake: FakeHub
    environ: dict[str, str]
    heard: list[tuple[int, int | None]] = field(default_factory=list)

    @property
    def publisher(self) -> HubPublisher:
        return HubPublisher(environ=self.environ, patience=HASTY)

    def push(self, release: Release, target: str = TARGET, *, force: bool = False) -> Published:
        return self.publisher.push(
            target,
            release,
            force=force,
            progress=lambda done, total: self.heard.append((done, total)),
        )

    def head(self, branch: str = "main") -> str:
        return self.fake.branches["org/leaf", branch]

    def files(self) -> dict[str, bytes]:
        return self.fake.commits["org/leaf", self.head()]

    def came(self, uri: str, folder: Path) -> Path:
        return self.publisher.held(uri).bring(folder, {}, lambda done, total: None)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    # The fake hub has the older protocol for large files only.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("HF_TOKEN_PATH", "/nonexistent")
    with FaultyServer().running() as storage, FakeHub(storage).running() as fake:
        yield Hub(fake, {"HF_ENDPOINT": fake.url, "HF_TOKEN": TOKEN.removeprefix("Bearer ")})


def test_what_is_pushed_comes_back_byte_for_byte(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = release_of(tmp_path / "package")
    assert hub.publisher.recorded(TARGET, release.name, release.label) is None
    done = hub.push(release)
    assert (done.uri, done.sent) == (f"{TARGET}@{hub.head()}", release.tree.size)
    assert hub.publisher.recorded(TARGET, release.name, release.label) == replace(done, sent=0)
    assert "org/leaf" in hub.fake.private
    assert "snapshot_download" in hub.files()["README.md"].decode()
    assert hub.heard[-1][0] == hub.heard[-1][1]
    for uri in (TARGET, f"{TARGET}@main", done.uri):
        held = hub.publisher.held(uri)
        assert (held.name, held.digest, held.size) == ("leaf", done.digest, release.tree.size)
        assert held.evidence == {".intoto.json": RECORD}
        came = held.bring(tmp_path / "came", {}, lambda done, total: None)
        assert tree_digest(came) == release.tree
    assert capsys.readouterr() == ("", "")


def test_pushing_again_adds_no_commit(hub: Hub, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    done, head = hub.push(release), hub.head()
    assert hub.push(release) == replace(done, sent=0)
    newer = replace(
        release_of(tmp_path / "newer", {**FILES, "MLmodel": b"flavors: {a: 1}\n"}), version="2.0"
    )
    sent = hub.push(newer).sent
    assert sent == len(b"flavors: {a: 1}\n")
    assert len(hub.fake.received) == 1
    # The older version is still there, where its commit is.
    assert hub.push(release).uri == f"{TARGET}@{head}"
    assert tree_digest(hub.came(TARGET, tmp_path / "came")) == newer.tree
    assert hub.push(release, force=True).uri == f"{TARGET}@{hub.head()}"
    assert tree_digest(hub.came(TARGET, tmp_path / "again")) == release.tree


def test_the_same_version_with_other_bytes_is_refused(hub: Hub, tmp_path: Path) -> None:
    first = release_of(tmp_path / "first")
    other = {name: FILES[name] for name in ("MLmodel", "artifacts/empty")}
    second = release_of(tmp_path / "second", {**other, "code/new.py": b"import os\n"})
    hub.push(first)
    head = hub.head()
    with pytest.raises(IntegrityError, match="of leaf with other content"):
        hub.push(second)
    assert hub.head() == head
    hub.push(second, force=True)
    assert set(hub.files()) == {
        *("MLmodel", "artifacts/empty", "code/new.py"),
        *(".gitattributes", "README.md", "mlpack.json"),
    }
    assert tree_digest(hub.came(TARGET, tmp_path / "came")) == second.tree


def test_a_card_and_files_of_somebody_else_stay(hub: Hub, tmp_path: Path) -> None:
    theirs = {"README.md": b"mine", "notes.txt": b"x", ".gitignore": b"artifacts/weights.bin\n"}
    hub.fake.push("org/leaf", theirs)
    release = release_of(tmp_path / "package")
    hub.push(release)
    assert theirs.items() <= hub.files().items()
    assert tree_digest(hub.came(TARGET, tmp_path / "came")) == release.tree
    own = release_of(tmp_path / "own", {**FILES, "README.md": b"the package's"})
    hub.push(replace(own, version="2.0"))
    assert tree_digest(hub.came(TARGET, tmp_path / "again")) == own.tree


def test_a_branch_is_created(hub: Hub, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    done = hub.push(release, f"{TARGET}@next%2Fone")
    assert done.uri == f"{TARGET}@{hub.head('next/one')}"
    assert hub.head() != hub.head("next/one")
    with pytest.raises(UsageError, match="push to a branch"):
        hub.push(release, done.uri)


def test_of_two_pushers_at_once_the_second_sees_the_first(hub: Hub, tmp_path: Path) -> None:
    first, second = release_of(tmp_path / "first"), release_of(tmp_path / "second")
    other = release_of(tmp_path / "other", {**FILES, "MLmodel": b"flavors: {a: 1}\n"})
    hub.fake.before_commit.append(lambda: hub.push(first))
    assert hub.push(second).sent == 0
    changed = replace(other, version="3.0")
    hub.fake.before_commit.append(lambda: hub.push(replace(first, version="3.0"), force=True))
    with pytest.raises(IntegrityError, match="with other content"):
        hub.push(changed)


def test_files_that_are_at_hand_do_not_travel(hub: Hub, tmp_path: Path) -> None:
    hub.push(release_of(tmp_path / "package"))
    weights = PurePosixPath("artifacts/weights.bin")
    held = hub.publisher.held(TARGET)
    came = held.bring(tmp_path / "came", {weights: tmp_path}, lambda done, total: None)
    assert not (came / weights).exists()
    assert (came / "MLmodel").read_bytes() == FILES["MLmodel"]


def test_a_model_of_somebody_else_comes_without_the_card(hub: Hub, tmp_path: Path) -> None:
    theirs = {"MLmodel": b"flavors: {}\n", "README.md": b"x", ".gitattributes": b""}
    hub.fake.push("org/leaf", theirs)
    held = hub.publisher.held(TARGET)
    assert (held.name, held.digest) == ("leaf", None)
    came = hub.came(TARGET, tmp_path / "came")
    assert [path.name for path in came.iterdir()] == ["MLmodel"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"notes.txt": b""}, "it has no MLmodel file"),
        ({"MLmodel": b"", "mlpack.json": b"<html>"}, "is not a file that mlpack wrote"),
        ({"MLmodel": b"", "../x": b""}, "outside the repository"),
    ],
)
def test_what_is_no_package_is_refused(hub: Hub, files: dict[str, bytes], words: str) -> None:
    hub.fake.push("org/leaf", files)
    with pytest.raises((OutsideError, IntegrityError), match=words):
        hub.publisher.held(TARGET)


def test_a_refusal_says_what_to_set_and_shows_no_token(hub: Hub, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    with pytest.raises(OutsideError, match="org/leaf does not exist"):
        hub.publisher.held(TARGET)
    hub.fake.readers.add("Bearer hf_reader")
    for token in ("hf_reader", "hf_unknown", ""):
        hub.environ["HF_TOKEN"] = token
        with pytest.raises(OutsideError, match="access to hf://org/leaf was denied") as denied:
            hub.push(release)
        assert str(denied.value.hint).startswith("set HF_TOKEN to a token that may write")
        assert "hf_" not in str(denied.value)
    assert not hub.fake.commits


def test_a_hub_that_cannot_take_the_weights_gives_no_signature_away(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tests.adapters.sources.fakehub as module

    monkeypatch.setattr(
        module._Handler,
        "do_PUT",
        lambda self: (self.rfile.read(int(self.headers["Content-Length"])), self._say(400, {})),
    )
    with pytest.raises(OutsideError, match="The server returned 400") as refused:
        hub.push(release_of(tmp_path / "package"))
    assert "artifacts/weights.bin" in refused.value.message
    assert "secret" not in f"{refused.value} {refused.value.hint}"
    assert "mlpack.json" not in hub.files()


def test_a_server_that_is_no_hub_or_is_down(hub: Hub, tmp_path: Path) -> None:
    with FaultyServer().running() as other:
        other.serve("/api/models/org/leaf", b"<html>")
        hub.environ["HF_ENDPOINT"] = other.url
        with pytest.raises(OutsideError, match="does not answer like a model hub"):
            hub.publisher.recorded(TARGET, "leaf", "1.0")
    hub.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
    with pytest.raises(OutsideError, match="refused"):
        hub.publisher.recorded(TARGET, "leaf", "1.0")


def test_a_file_that_no_hub_takes_is_refused(hub: Hub, tmp_path: Path) -> None:
    for name in ("mlpack.json", "code/.cache/x"):
        release = release_of(tmp_path / name.replace("/", "-"), {**FILES, name: b""})
        with pytest.raises(UsageError, match="cannot be pushed to a model hub"):
            hub.push(release)


def test_without_the_client_the_way_out_is_the_extra(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(OutsideError) as caught:
        Places(environ={}, mlflow=NOBODY).of(TARGET).held(TARGET)
    assert caught.value.hint == "run `pip install 'mlpack-mlflow[hf]'`"


def test_the_files_of_the_package_are_listed(hub: Hub, tmp_path: Path) -> None:
    hub.push(release_of(tmp_path / "package"))
    facts = json.loads(hub.files()["mlpack.json"])
    assert facts["files"] == sorted(FILES)
    assert (facts["name"], facts["version"], facts["variant"]) == ("leaf", "1.0+cpu/2", "small")
