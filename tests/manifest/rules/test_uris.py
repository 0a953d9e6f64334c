"""URIs that an artifact may have, and one that only the project's place makes wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.core.errors import ManifestError, Problem
from mlpack.manifest.reading import read
from mlpack.package.layout import artifact_places, remote_name
from mlpack.ports.plan import _source
from tests.workflow.conftest import MANIFEST, write_project

ACCEPTED = [
    "https://example.org/a.ckpt",
    "https://example.org:8443/models/a%20b.ckpt?download=true",
    "http://localhost:8080/a.ckpt",
    "http://127.0.0.1/a.ckpt",
    "s3://bucket/models/v1/",
    "s3://bucket/a.ckpt",
    "gs://bucket/a.ckpt",
    "az://container/a.ckpt",
    "file:///data/models/a.ckpt",
    "hf://org/repo",
    "hf://org/repo@refs%2Fpr%2F1/a.ckpt",
    "hf://datasets/org/repo@v1/data/",
]


def _read(root: Path, artifact: str) -> None:
    manifest = f"{MANIFEST}artifacts:\n  a: {artifact}\n"
    read(write_project(root, manifest=manifest) / "mlpack.yaml")


def _refused(root: Path, artifact: str) -> Problem:
    with pytest.raises(ManifestError) as caught:
        _read(root, artifact)
    (problem,) = (each for each in caught.value.problems if each.severity == "error")
    return problem


@pytest.mark.parametrize("uri", ACCEPTED)
def test_each_kind_of_server_may_be_named(tmp_path: Path, uri: str) -> None:
    _read(tmp_path, uri)


def test_plain_http_needs_a_digest(tmp_path: Path) -> None:
    uri = "http://example.org/a.ckpt"
    _read(tmp_path, f"{{uri: '{uri}', sha256: {'a' * 64}}}")
    assert _refused(tmp_path, uri).code == "insecure-http"


def test_a_file_of_the_project_has_no_uri(tmp_path: Path) -> None:
    problem = _refused(tmp_path, f"file://{tmp_path}/model_data/a.ckpt")
    assert problem.code == "absolute-path"
    assert problem.hint == "Write `path: model_data/a.ckpt`."


def test_what_a_command_makes_may_be_missing_and_not_lie_outside(tmp_path: Path) -> None:
    _read(tmp_path, "{path: model_data/a.ckpt, fetch: python make.py}")
    assert _refused(tmp_path, "{path: ../a.ckpt, fetch: python make.py}").code == "parent-path"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://example.org/models/tf.ckpt?download=true", "tf.ckpt"),
        ("https://example.org/a%20b%2Fc.bin", "a_b_c.bin"),
        ("s3://bucket/models/v1/", "v1"),
        ("hf://org/repo@v1", "repo"),
        ("hf://org/repo@v1/sub/model.safetensors", "model.safetensors"),
        ("gs://bucket/.hidden", "hidden"),
        ("gs://bucket/...", "artifact"),
        ("gs://bucket/ä", "_"),
    ],
)
def test_a_remote_artifact_goes_by_the_last_part_of_its_uri(uri: str, name: str) -> None:
    assert remote_name(uri) == name


def test_remote_artifacts_of_one_name_have_places_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "model_data").mkdir()
    (tmp_path / "model_data/a.ckpt").write_text("a")
    listed = "model_data/a.ckpt\n  b: s3://one/a.ckpt\n  c: s3://two/a.ckpt\n  d: s3://one/a.ckpt"
    _read(tmp_path, listed)
    (variant,) = read(tmp_path / "mlpack.yaml").variants
    places = artifact_places({item.name: _source(item) for item in variant.artifacts})
    assert {name: str(place) for name, place in places.items()} == {
        "a": "artifacts/0/a.ckpt",
        "b": "artifacts/1/a.ckpt",
        "c": "artifacts/2/a.ckpt",
        "d": "artifacts/1/a.ckpt",
    }
