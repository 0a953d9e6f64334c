"""Packages published to buckets and to folders, and found there again.

No emulator of Google's storage takes uploads in the form that the library sends: `gs://` is not
tested here, but for what it shares with the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import cast

import obstore
import pytest

from mlpack.adapters.publishers import MlflowPublisher, Places
from mlpack.adapters.publishers.buckets import BucketPublisher
from mlpack.core.digest import tree_digest
from mlpack.core.errors import IntegrityError, OutsideError, UsageError
from mlpack.ports.publishing import Published, Release
from tests.adapters.sources import emulators
from tests.adapters.sources.conftest import HASTY

pytestmark = [pytest.mark.slow, pytest.mark.network]

FILES = {
    "MLmodel": b"flavors: {}\n",
    "artifacts/weights.bin": bytes(range(256)) * 30_000,
    "artifacts/empty": b"",
    "code/ä~(1)#?%20+ b.txt": b"a hard name",
}
NOBODY = cast(MlflowPublisher, None)
RECORD = b'{"of": "the build"}\n'


@dataclass(frozen=True)
class Target:
    uri: str
    environ: dict[str, str]

    def publisher(self) -> BucketPublisher:
        return BucketPublisher(environ=self.environ, patience=HASTY)

    def store(self) -> object:
        return self.publisher()._writable(self.uri).store

    def key(self, path: str) -> str:
        return f"{self.publisher()._writable(self.uri).prefix}/{path}"


@pytest.fixture(scope="module", params=["s3", "az", "file"])
def server(
    request: pytest.FixtureRequest, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "file":
        yield Target(folder.as_uri(), {})
        return
    with ExitStack() as stack:
        if request.param == "az":
            environ = stack.enter_context(emulators.az(folder, {}))
        else:
            environ = stack.enter_context(getattr(emulators, request.param)(cache, folder, {}))
        bucket = "container" if request.param == "az" else "bucket"
        yield Target(f"{request.param}://{bucket}", environ)


@pytest.fixture
def target(server: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Target:
    """A prefix of its own for each test."""
    for name, value in server.environ.items():
        monkeypatch.setenv(name, value)
    return replace(server, uri=f"{server.uri}/{tmp_path.name}")


def release_of(folder: Path, files: dict[str, bytes] = FILES) -> Release:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Release(
        name="leaf",
        version="1.0+cpu/2",
        variant="small",
        package=folder,
        tree=tree_digest(folder),
        evidence={".intoto.json": RECORD},
    )


def _push(target: Target, release: Release, *, force: bool = False) -> Published:
    return target.publisher().push(
        target.uri, release, force=force, progress=lambda done, total: None
    )


def test_what_is_pushed_comes_back_byte_for_byte(target: Target, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    assert target.publisher().recorded(target.uri, release.name, release.label) is None
    done = _push(target, release)
    assert done.sent == release.tree.size
    assert done.uri == f"{target.uri}/leaf/sha256-{release.tree.digest[7:]}"
    there = target.publisher().recorded(target.uri, release.name, release.label)
    assert there == replace(done, sent=0)

    for uri in (f"{target.uri}/leaf/1.0%252Bcpu%252F2-small", done.uri):
        held = target.publisher().held(uri.replace("%252B", "+"))
        assert (held.name, held.digest, held.size) == ("leaf", done.digest, release.tree.size)
        came = held.bring(tmp_path / "came" / held.name, {}, lambda done, total: None)
        assert tree_digest(came) == release.tree
        assert held.evidence == ({".intoto.json": RECORD} if uri != done.uri else {})


def test_files_that_are_at_hand_do_not_travel(target: Target, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    held = target.publisher().held(_push(target, release).uri)
    weights = PurePosixPath("artifacts/weights.bin")
    came = held.bring(tmp_path / "came", {weights: tmp_path}, lambda done, total: None)
    assert not (came / weights).exists()
    assert (came / "MLmodel").read_bytes() == FILES["MLmodel"]


def test_only_what_an_interrupted_push_left_out_is_sent(target: Target, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    folder = target.key(f"leaf/sha256-{release.tree.digest[7:]}")
    obstore.put(target.store(), f"{folder}/artifacts/weights.bin", FILES["artifacts/weights.bin"])
    # Cut off, as a program that writes in place leaves it.
    obstore.put(target.store(), f"{folder}/MLmodel", b"flav")
    assert _push(target, release).sent == release.tree.size - len(FILES["artifacts/weights.bin"])
    held = target.publisher().held(f"{target.uri}/leaf/sha256-{release.tree.digest[7:]}")
    came = held.bring(tmp_path / "came", {}, lambda done, total: None)
    assert tree_digest(came) == release.tree


def test_pushing_again_sends_nothing(target: Target, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    _push(target, release)
    assert _push(target, release).sent == 0


def test_the_second_of_two_pushers_with_other_bytes_is_refused(
    target: Target, tmp_path: Path
) -> None:
    first = release_of(tmp_path / "first")
    second = release_of(tmp_path / "second", {**FILES, "MLmodel": b"flavors: {other: 1}\n"})
    _push(target, first)
    with pytest.raises(
        IntegrityError, match=r"has version 1\.0\+cpu/2-small of leaf with other content"
    ):
        _push(target, second)
    assert (
        target.publisher().recorded(target.uri, second.name, second.label).digest
        == first.tree.digest
    )
    _push(target, second, force=True)
    assert (
        target.publisher().recorded(target.uri, first.name, first.label).digest
        == second.tree.digest
    )


def test_a_folder_with_a_file_of_somebody_else_is_refused(target: Target, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package")
    folder = target.key(f"leaf/sha256-{release.tree.digest[7:]}")
    obstore.put(target.store(), f"{folder}/code/extra.py", b"import os")
    with pytest.raises(IntegrityError, match=r"code/extra\.py differs"):
        _push(target, release)
    assert target.publisher().recorded(target.uri, release.name, release.label) is None


@pytest.mark.parametrize(
    "content",
    [
        b"<html>not found</html>",
        b'{"digest": "sha256:1234", "evidence": {}}',
        b"[" * 100_000,
        json.dumps({"digest": "sha256:" + "0" * 64, "evidence": {"/../x": ""}}).encode(),
        json.dumps({"digest": "sha256:" + "0" * 64, "evidence": ["x"]}).encode(),
    ],
    ids=["html", "short", "deep", "path", "list"],
)
def test_a_version_that_mlpack_did_not_write_is_refused(target: Target, content: bytes) -> None:
    obstore.put(target.store(), target.key("leaf/2.0.json"), content)
    with pytest.raises(IntegrityError, match=r"leaf/2\.0\.json"):
        target.publisher().held(f"{target.uri}/leaf/2.0")


def test_what_is_not_there_or_no_model_is_said(target: Target) -> None:
    with pytest.raises(OutsideError, match="does not exist"):
        target.publisher().held(f"{target.uri}/leaf/9.9")
    obstore.put(target.store(), target.key("notes/readme.txt"), b"hello")
    with pytest.raises(OutsideError, match="it has no MLmodel file"):
        target.publisher().held(f"{target.uri}/notes")


def test_a_bucket_that_does_not_exist_is_named(target: Target, tmp_path: Path) -> None:
    if target.uri.startswith("file:"):
        pytest.skip("a folder is made")
    other = f"{target.uri.partition('://')[0]}://no-such-bucket/models"
    with pytest.raises(OutsideError, match="no-such-bucket"):
        target.publisher().push(
            other, release_of(tmp_path / "package"), force=False, progress=lambda done, total: None
        )


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s4://bucket/models", "not supported"),
        ("models", "not supported"),
        ("s3://user:secret@bucket/models", "credentials"),
        ("s3:///models", "must include a bucket"),
        ("file://models", "absolute path"),
        ("models:/a/b/c", "not the name of a registered model"),
        ("s3://bucket/${HOME}", "Variables are not supported"),
    ],
)
def test_a_target_that_cannot_be_one_is_refused(uri: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        Places(environ={}, mlflow=NOBODY).of(uri)
    assert "secret" not in str(caught.value)
