"""The record beside a package: judged by in-toto's own library, read again, and compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from google.protobuf import json_format
from in_toto_attestation.predicates.provenance.v1.provenance_pb2 import Provenance
from in_toto_attestation.v1.resource_descriptor import ResourceDescriptor
from in_toto_attestation.v1.statement import Statement

from mlpack.core.digest import FileDigest, TreeDigest, root_digest, sha256_bytes, tree_digest
from mlpack.core.errors import IntegrityError, ManifestError, OutsideError
from mlpack.lock.model import LockedPackage, PinnedFile
from mlpack.package.record import BuildFacts, package_url, record_path, record_text
from mlpack.package.record_reading import read_record, record_of
from tests.conftest import ROOT

A, B = "a" * 64, "b" * 64

FACTS = BuildFacts(
    manifest="mlpack.yaml",
    manifest_digest=sha256_bytes(b"manifest"),
    lock="mlpack.lock",
    lock_digest=sha256_bytes(b"lock"),
    name="transcriptformer",
    version="0.6.0",
    variant="tf_sapiens",
    model_class="model_code.tf:TranscriptFormer",
    serialization="code",
    python="3.11.7",
    build_time=1_700_000_000,
    builder_version="1.2.3",
    packages=(
        LockedPackage(name="torch", version="2.5.0+cpu", marker=None, sha256=(A,)),
        LockedPackage(
            name="numpy", version="2.1.0", marker="sys_platform == 'linux'", sha256=(B, A)
        ),
        LockedPackage(
            name="tool",
            version="0.1",
            marker=None,
            sha256=(),
            url="git+https://example.org/tool@" + "c" * 40 + "#subdirectory=x",
        ),
        LockedPackage(
            name="wheel-at", version="1", marker=None, sha256=(A,), url="https://example.org/w.whl"
        ),
    ),
    code={"model_code/tf.py": sha256_bytes(b"code"), "model_code/é.py": sha256_bytes(b"more")},
    artifacts={"model_data/vocab.json": PinnedFile(digest=sha256_bytes(b"v"), size=1)},
    example_files={"examples/small.h5ad": PinnedFile(digest=sha256_bytes(b"e"), size=1)},
    commit="d" * 40,
    dirty=True,
)


def _tree(**files: bytes) -> TreeDigest:
    return root_digest(
        FileDigest(path=PurePosixPath(name), digest=sha256_bytes(content), size=len(content))
        for name, content in files.items()
    )


TREE = _tree(**{"MLmodel": b"m", "code/model_code/é.py": b"c", "artifacts/a b": b""})


@pytest.mark.parametrize(
    "facts",
    [FACTS, replace(FACTS, variant=None, commit=None, packages=(), code={}, artifacts={})],
    ids=["full", "least"],
)
def test_the_in_toto_library_takes_the_record(facts: BuildFacts) -> None:
    statement = json.loads(record_text(facts, TREE))
    # Unknown and ill-typed fields are errors to the parser.
    envelope = Statement([], "", {})
    envelope.pb.Clear()
    json_format.ParseDict(statement, envelope.pb)
    envelope.validate()
    provenance = json_format.ParseDict(statement["predicate"], Provenance())
    for descriptor in provenance.build_definition.resolved_dependencies:
        ResourceDescriptor.copy_from_pb(descriptor).validate()
    assert provenance.build_definition.build_type
    assert provenance.run_details.builder.id
    assert provenance.run_details.builder.version["mlpack"] == "1.2.3"
    assert [subject.name for subject in envelope.pb.subject] == [str(f.path) for f in TREE.files]


def test_every_input_is_a_dependency_with_its_digest() -> None:
    definition = json.loads(record_text(FACTS, TREE))["predicate"]["buildDefinition"]
    by_name = {
        item.get("name", item.get("uri")): item for item in definition["resolvedDependencies"]
    }
    assert by_name["source"]["digest"] == {"gitCommit": "d" * 40}
    assert by_name["source"]["annotations"]["dirty"] is True
    for name, content in [
        ("mlpack.yaml", b"manifest"),
        ("mlpack.lock", b"lock"),
        ("model_code/tf.py", b"code"),
        ("model_data/vocab.json", b"v"),
        ("examples/small.h5ad", b"e"),
    ]:
        assert f"sha256:{by_name[name]['digest']['sha256']}" == sha256_bytes(content)
    assert by_name["pkg:pypi/torch@2.5.0%2Bcpu"]["digest"] == {"sha256": A}
    assert by_name["pkg:pypi/numpy@2.1.0"]["annotations"]["sha256"] == [A, B]
    git = next(item for name, item in by_name.items() if name.startswith("pkg:pypi/tool@0.1?"))
    assert git["digest"] == {"gitCommit": "c" * 40}
    assert definition["externalParameters"] == {
        "manifest": "mlpack.yaml",
        "name": "transcriptformer",
        "version": "0.6.0",
        "variant": "tf_sapiens",
        "class": "model_code.tf:TranscriptFormer",
        "serialization": "code",
    }


def test_package_urls_say_where_a_package_comes_from() -> None:
    urls = [package_url(package) for package in FACTS.packages]
    assert urls[2].startswith(
        "pkg:pypi/tool@0.1?vcs_url=git%2Bhttps%3A%2F%2Fexample.org%2Ftool%40c"
    )
    assert urls[3] == "pkg:pypi/wheel-at@1?download_url=https%3A%2F%2Fexample.org%2Fw.whl"


def test_the_text_depends_on_the_facts_alone() -> None:
    shuffled = replace(
        FACTS,
        packages=FACTS.packages[::-1],
        code=dict(reversed(list(FACTS.code.items()))),
    )
    text = record_text(FACTS, TREE)
    assert record_text(shuffled, TREE) == text
    assert text.endswith(b"}\n") and text.count(b"\n") == 1
    program = (
        "from tests.package.test_record import FACTS, TREE, record_text; import sys;"
        "sys.stdout.buffer.write(record_text(FACTS, TREE))"
    )
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=elsewhere, cwd="/", capture_output=True, check=True
    )
    assert done.stdout == text


def test_a_record_read_again_says_the_same(tmp_path: Path) -> None:
    package = tmp_path / "dist" / "model"
    (package / "code").mkdir(parents=True)
    (package / "MLmodel").write_bytes(b"m")
    (package / "code/a.py").write_bytes(b"a")
    assert record_of(package) is None
    tree = tree_digest(package)
    record_path(package).write_bytes(record_text(FACTS, tree))
    record = record_of(package)
    assert record is not None
    assert record.package == tree.digest
    assert record.files == {"MLmodel": sha256_bytes(b"m"), "code/a.py": sha256_bytes(b"a")}
    assert (record.name, record.version, record.variant) == (
        "transcriptformer",
        "0.6.0",
        "tf_sapiens",
    )
    assert (record.manifest, record.commit, record.dirty) == ("mlpack.yaml", "d" * 40, True)
    assert [item.role for item in record.dependencies].count("package") == 4


def test_a_name_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(ManifestError, match="not valid UTF-8"):
        record_text(FACTS, _tree(**{"artifacts/caf\udce9": b""}))


def _damage(statement: dict, *path: str | int, value: object) -> bytes:
    at = statement
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return json.dumps(statement).encode()


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("_type",), "https://in-toto.io/Statement/v0.1", "_type"),
        (("predicateType",), "other", "predicateType"),
        (("subject",), {}, "subject"),
        (("subject", 0, "name"), "../outside", "outside"),
        (("subject", 0, "name"), "/etc/passwd", "passwd"),
        (("subject", 0, "name"), "a//b", "a//b"),
        (("subject", 0, "name"), ".", "'.'"),
        (("subject", 1, "name"), "MLmodel", "MLmodel"),
        (("subject", 0, "digest"), {"sha256": "xyz"}, "sha256"),
        (("subject", 0, "digest"), None, "digest"),
        (("predicate",), [], "predicate"),
        (("predicate", "buildDefinition", "externalParameters", "name"), 3, "name"),
        (("predicate", "buildDefinition", "resolvedDependencies"), ["x"], "resolvedDependencies"),
        (("predicate", "runDetails", "builder"), "me", "builder"),
    ],
    ids=str,
)
def test_a_damaged_record_is_refused_by_its_place(
    tmp_path: Path, path: tuple[str | int, ...], value: object, named: str
) -> None:
    tree = _tree(MLmodel=b"m", other=b"o")
    file = tmp_path / "model.intoto.json"
    file.write_bytes(_damage(json.loads(record_text(FACTS, tree)), *path, value=value))
    with pytest.raises(IntegrityError, match="damaged") as caught:
        read_record(file)
    assert named in caught.value.message


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b"null"])
def test_what_is_no_record_at_all_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "model.intoto.json"
    file.write_bytes(content)
    with pytest.raises(IntegrityError, match="record"):
        read_record(file)


def test_a_missing_record_is_an_outside_error(tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="cannot read"):
        read_record(tmp_path / "gone")
