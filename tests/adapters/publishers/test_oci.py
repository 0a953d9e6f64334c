"""Packages in a real container registry: found again byte for byte, by others too."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from mlpack.adapters.publishers.modelpack import ARTIFACT, CONFIG, FILEPATH, RAW, TAR
from mlpack.adapters.publishers.oci import OciPublisher
from mlpack.adapters.publishers.registry import INDEX, MANIFEST, Repository
from mlpack.core.digest import canonical_json, sha256_bytes, tree_digest
from mlpack.core.errors import IntegrityError, OutsideError
from mlpack.ports.publishing import Held, Published, Release
from tests.adapters.publishers.registries import HTPASSWD, registry
from tests.adapters.publishers.test_buckets import FILES, release_of
from tests.adapters.sources.conftest import HASTY

pytestmark = pytest.mark.slow

LARGE = {**FILES, "artifacts/large.bin": bytes(range(251)) * 20_000}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with registry(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
def target(host: str, tmp_path: Path) -> str:
    """A repository of its own for each test."""
    return f"oci://{host}/{tmp_path.name.replace('_', '-').lower()}/leaf:1.0"


def _publisher(environ: dict[str, str] | None = None) -> OciPublisher:
    return OciPublisher(environ=environ or {}, patience=HASTY)


def _push(target: str, release: Release, *, force: bool = False) -> Published:
    return _publisher().push(target, release, force=force, progress=lambda done, total: None)


def _brought(held: Held, folder: Path) -> Path:
    return held.bring(folder, {}, lambda done, total: None)


def _repository(target: str) -> Repository:
    host, _, name = target.removeprefix("oci://").partition("/")
    return Repository(host=host, name=name.partition(":")[0], environ={})


def test_what_is_pushed_comes_back_byte_for_byte(target: str, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package", LARGE)
    assert _publisher().recorded(target, release.name, release.label) is None
    done = _push(target, release)
    assert done.sent > release.tree.size
    assert _publisher().recorded(target, release.name, release.label) == replace(done, sent=0)
    for uri in (target, done.uri):
        held = _publisher().held(uri)
        assert (held.name, held.digest) == ("leaf", release.tree.digest)
        assert held.evidence == dict(release.evidence)
        assert tree_digest(_brought(held, tmp_path / "came" / held.name)) == release.tree


def test_the_manifest_is_the_same_whoever_pushes(target: str, host: str, tmp_path: Path) -> None:
    first = _push(target, release_of(tmp_path / "one", LARGE))
    other = release_of(tmp_path / "other", dict(reversed(LARGE.items())))
    second = _push(f"oci://{host}/elsewhere:latest", other)
    assert first.uri.rpartition("@")[2] == second.uri.rpartition("@")[2]


def test_only_what_changed_travels(target: str, tmp_path: Path) -> None:
    release = release_of(tmp_path / "package", LARGE)
    _push(target, release)
    assert _push(target, release).sent == 0
    edited = release_of(tmp_path / "edited", {**LARGE, "MLmodel": b"flavors: {a: 1}\n"})
    with pytest.raises(IntegrityError, match="with other content"):
        _push(target, edited)
    sent = _push(target, edited, force=True).sent
    assert 0 < sent < len(LARGE["artifacts/weights.bin"])
    held = _publisher().held(target)
    weights = PurePosixPath("artifacts/weights.bin")
    came = held.bring(tmp_path / "came", {weights: tmp_path}, lambda done, total: None)
    assert not (came / weights).exists()


def test_others_read_it(target: str, tmp_path: Path) -> None:
    program = shutil.which("skopeo")
    if program is None:
        pytest.skip("skopeo (Debian's package of that name) is not installed")
    release = release_of(tmp_path / "package", LARGE)
    done = _push(target, release)
    source = f"docker://{target.removeprefix('oci://')}"
    argv = [program, "inspect", "--raw", "--tls-verify=false", source]
    shown = subprocess.run(argv, capture_output=True, check=True).stdout
    assert sha256_bytes(shown) == done.uri.rpartition("@")[2]
    manifest = json.loads(shown)
    assert manifest["artifactType"] == ARTIFACT
    assert manifest["config"]["mediaType"] == CONFIG
    assert {each["annotations"][FILEPATH]: each["mediaType"] for each in manifest["layers"]} == {
        "artifacts/large.bin": RAW,
        "artifacts/weights.bin": RAW,
        ".": TAR,
    }
    copy = [program, "copy", "--src-tls-verify=false", source, f"dir:{tmp_path}/copied"]
    subprocess.run(copy, check=True, capture_output=True)
    blobs = {path.name for path in (tmp_path / "copied").iterdir()}
    assert {each["digest"][7:] for each in manifest["layers"]} <= blobs


@pytest.mark.parametrize("helper", [False, True], ids=["file", "helper"])
def test_with_tls_and_a_login(tmp_path: Path, helper: bool) -> None:
    release = release_of(tmp_path / "package", LARGE)
    folder = tmp_path / "registry"
    folder.mkdir()
    with registry(folder, tls=True, htpasswd=HTPASSWD) as host:
        target = f"oci://{host}/team/leaf:1.0"
        untrusted = pytest.raises(OutsideError, match="certificate is not trusted")
        with untrusted:
            _publisher({"DOCKER_CONFIG": str(tmp_path)}).recorded(
                target, release.name, release.label
            )
        environ = {"SSL_CERT_FILE": f"{folder}/ca.pem", "DOCKER_CONFIG": str(tmp_path)}
        with pytest.raises(OutsideError, match="was denied") as denied:
            _publisher(environ).recorded(target, release.name, release.label)
        assert f"docker login {host}" in str(denied.value)
        config: dict[str, Any] = {"credHelpers": {host: "ours"}}
        if helper:
            program = tmp_path / "docker-credential-ours"
            answer = json.dumps({"Username": "team", "Secret": "very-secret"})
            program.write_text(f"#!/bin/sh\necho '{answer}'\n")
            program.chmod(0o755)
            environ["PATH"] = f"{tmp_path}:/usr/bin:/bin"
        else:
            auth = base64.b64encode(b"team:very-secret").decode()
            config = {"auths": {host: {"auth": auth}}}
        (tmp_path / "config.json").write_text(json.dumps(config))
        publisher = _publisher(environ)
        publisher.push(target, release, force=False, progress=lambda done, total: None)
        came = _brought(publisher.held(target), tmp_path / "came")
        assert tree_digest(came) == release.tree


def _hostile(path: str, kind: str = RAW) -> dict[str, Any]:
    return {
        "mediaType": kind,
        "digest": sha256_bytes(b"x"),
        "size": 1,
        "annotations": {FILEPATH: path},
    }


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "", "."])
def test_a_layer_that_leaves_the_folder_is_refused(target: str, path: str) -> None:
    _place(target, {"artifactType": ARTIFACT, "layers": [_hostile(path)]})
    with pytest.raises(IntegrityError, match="outside the package"):
        _publisher().held(target)


@pytest.mark.parametrize(
    ("entry", "kind"), [("../x", "0"), ("/etc/x", "0"), ("link", "2"), ("hard", "1")]
)
def test_a_tar_that_leaves_the_folder_is_refused(
    target: str, tmp_path: Path, entry: str, kind: str
) -> None:
    import io
    import tarfile

    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        info = tarfile.TarInfo(entry)
        info.type, info.linkname = kind.encode(), "/etc/passwd"
        archive.addfile(info)
    content = stream.getvalue()
    _repository(target).send_blob(sha256_bytes(content), len(content), content)
    layer = {**_hostile(".", TAR), "digest": sha256_bytes(content), "size": len(content)}
    _place(target, {"artifactType": ARTIFACT, "layers": [layer]})
    with pytest.raises(IntegrityError, match="which no package has"):
        _brought(_publisher().held(target), tmp_path / "came")
    assert not (tmp_path / "x").exists()


def test_a_layer_longer_than_it_says_is_refused(target: str, tmp_path: Path) -> None:
    content = b"longer"
    _repository(target).send_blob(sha256_bytes(content), len(content), content)
    layer = {**_hostile("MLmodel"), "digest": sha256_bytes(content), "size": 3}
    _place(target, {"artifactType": ARTIFACT, "layers": [layer]})
    with pytest.raises((IntegrityError, OutsideError)):
        _brought(_publisher().held(target), tmp_path / "came")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"artifactType": "application/vnd.example+json", "layers": []}, "its type is"),
        ({"mediaType": INDEX, "manifests": []}, "a list of manifests"),
    ],
    ids=["foreign", "list"],
)
def test_what_is_no_model_is_refused(target: str, more: dict[str, Any], words: str) -> None:
    _place(target, more)
    with pytest.raises(OutsideError, match=words):
        _publisher().held(target)


def test_what_is_not_there_is_said(target: str, host: str) -> None:
    with pytest.raises(OutsideError, match="does not exist"):
        _publisher().held(target)
    with pytest.raises(OutsideError, match="cannot be reached"):
        _publisher().held("oci://127.0.0.1:9/leaf:1.0")


def _place(target: str, more: dict[str, Any]) -> None:
    """Put a manifest of somebody else under the target's tag."""
    repository = _repository(target)
    for content in (b"{}", b"x"):
        repository.send_blob(sha256_bytes(content), len(content), content)
    kind = more.get("mediaType", MANIFEST)
    config = {"mediaType": "application/json", "digest": sha256_bytes(b"{}"), "size": 2}
    manifest: dict[str, Any] = {"schemaVersion": 2, "mediaType": kind, **more}
    if kind == MANIFEST:
        manifest["config"] = config
    repository.send_manifest(target.rpartition(":")[2], canonical_json(manifest), kind)


def test_a_login_stays_with_its_registry_and_netrc_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    heard: list[tuple[str, str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            login = self.headers.get("Authorization")
            heard.append((self.headers["Host"], self.path, login))
            if self.path == "/v2/":
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="models"')
            elif self.command == "POST":
                self.send_response(202)
                self.send_header("Location", f"http://localhost:{port}/elsewhere")
            else:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    Thread(target=server.serve_forever, daemon=True).start()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    auth = base64.b64encode(b"team:very-secret").decode()
    config = {"auths": {f"127.0.0.1:{port}": {"auth": auth}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    try:
        repository = Repository(host=f"127.0.0.1:{port}", name="leaf", environ=environ)
        repository.send_blob(sha256_bytes(b"x"), 1, b"x")
    finally:
        server.shutdown()
        server.server_close()
    assert (f"127.0.0.1:{port}", "/v2/leaf/blobs/uploads/", f"Basic {auth}") in heard
    (foreign,) = [login for host, _, login in heard if host == f"localhost:{port}"]
    assert foreign is None
