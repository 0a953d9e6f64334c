"""Large artifacts: nothing is written or read twice, and the package is what MLflow would write."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import mlpack
from mlpack.core.digest import FileContent, file_digest, tree_digest
from mlpack.core.errors import ModelError
from mlpack.storage import blobs
from mlpack.storage import digests as memory
from mlpack.storage.blobs import Store
from mlpack.storage.trees import LARGE
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = pytest.mark.slow

WITH_WEIGHTS = f"{MANIFEST}artifacts: {{weights: model_data/weights.bin}}\n"
VANDAL = """
import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["weights"], "r+b") as file:
            file.write(b"vandal")

    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * 2
"""
BY_HAND = """
import sys
import mlflow.pyfunc
import pandas as pd
target, script, code, *artifacts = sys.argv[1:]
mlflow.pyfunc.save_model(
    target,
    python_model=script,
    code_paths=[code],
    artifacts=dict(zip(artifacts[::2], artifacts[1::2])),
    pip_requirements=["mlflow-skinny"],
    input_example=pd.DataFrame([{"x": 1.5}, {"x": 2.0}]),
)
"""


def weights_of(root: Path) -> Path:
    """Write a project's large artifact, and let the clock move on."""
    path = root / "model_data/weights.bin"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(os.urandom(LARGE))
    time.sleep(0.05)
    return path


def build(root: Path, **options: Any) -> Path:
    (report,) = mlpack.build(
        mlpack.load_manifest(root / "mlpack.yaml"), mlpack.BuildOptions(**options)
    )
    return report.package


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Hear the names of all files that are read to be hashed or copied into the store."""
    heard: list[str] = []
    hashed, copied = memory.file_contents, blobs.copy_and_hash

    def heard_hash(paths: list[Path]) -> list[FileContent]:
        heard.extend(path.name for path in paths)
        return hashed(paths)

    def heard_copy(source: Path, destination: Path) -> FileContent:
        heard.append(source.name)
        return copied(source, destination)

    monkeypatch.setattr(memory, "file_contents", heard_hash)
    monkeypatch.setattr(blobs, "copy_and_hash", heard_copy)
    yield heard


def test_weights_are_read_once_however_often_the_code_is_edited(
    project: Project, reads: list[str]
) -> None:
    root = project(manifest=WITH_WEIGHTS)
    weights = weights_of(root)
    before = weights.stat()
    package = build(root)
    for number in range(2):
        (root / "model_code/doubler.py").write_text(f"{MODEL}\n# {number}\n")
        build(root)
    large = {weights.name, file_digest(weights).removeprefix("sha256:")}
    assert [name for name in reads if name in large] == [weights.name]
    assert (package / "artifacts/weights.bin").read_bytes() == weights.read_bytes()
    # The user's own file was only ever read.
    after = weights.stat()
    for field in ("st_ino", "st_nlink", "st_mode", "st_mtime_ns", "st_ctime_ns"):
        assert getattr(after, field) == getattr(before, field)
    build(root, paranoid=True)
    assert len([name for name in reads if name in large]) > 1


def test_a_package_outlives_what_the_store_has_of_it(project: Project, cache: Path) -> None:
    root = project(manifest=WITH_WEIGHTS)
    weights = weights_of(root)
    package = build(root)
    before = tree_digest(package).digest
    # As `mlpack cache prune` would; the rest of this cache is for other tests.
    store = Store(cache)
    store.drop(store.path(file_digest(weights)))
    assert store.find(file_digest(weights)) is None
    assert tree_digest(package).digest == before
    (root / "model_code/doubler.py").write_text(f"{MODEL}\n# edited\n")
    build(root)
    assert file_digest(package / "artifacts/weights.bin") == file_digest(weights)


def test_a_model_that_writes_to_its_weights_poisons_no_later_package(project: Project) -> None:
    root = project(manifest=WITH_WEIGHTS, model=VANDAL)
    weights = weights_of(root)
    with pytest.raises(ModelError, match="changed its own package"):
        build(root)
    assert not (root / "dist/doubler").exists()
    (root / "model_code/doubler.py").write_text(MODEL)
    package = build(root)
    assert (package / "artifacts/weights.bin").read_bytes() == weights.read_bytes()


def test_a_package_that_is_edited_poisons_no_other(project: Project) -> None:
    root = project(manifest=WITH_WEIGHTS)
    weights = weights_of(root)
    edited = build(root) / "artifacts/weights.bin"
    before = edited.stat()
    with edited.open("r+b") as file:
        file.write(b"poison")
    os.utime(edited, ns=(before.st_atime_ns, before.st_mtime_ns))
    other = build(root, output=root / "elsewhere", force=True)
    assert (other / "artifacts/weights.bin").read_bytes() == weights.read_bytes()
    # And the edited one is not taken for up to date.
    assert file_digest(build(root) / "artifacts/weights.bin") == file_digest(weights)


def test_artifacts_lie_where_mlflow_itself_would_copy_them(project: Project, cache: Path) -> None:
    """With names that clash, folders in folders, and files large enough to be shared."""
    root = project()
    paths = {
        "first": "data/one/weights.bin",
        "second": "data/two/weights.bin",
        "folder": "data/tokenizer",
        "again": "data/tokenizer",
        "vocab": "data/vocab.json",
    }
    for name in ("one/weights.bin", "two/weights.bin", "tokenizer/deep/er/merges.bin"):
        (root / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "data" / name).write_bytes(os.urandom(LARGE))
    (root / "data/tokenizer/config.json").write_text("{}")
    (root / "data/vocab.json").write_text("[]")
    (root / "mlpack.yaml").write_text(MANIFEST + yaml.safe_dump({"artifacts": paths}))
    package = build(root)

    by_hand = root / "by-hand"
    shutil.copytree(root / "model_code", root / "staged/model_code")
    named = [word for name, path in paths.items() for word in (name, str(root / path))]
    arguments = [by_hand, package / "mlpack_model.py", root / "staged/model_code", *named]
    subprocess.run(
        [_python(cache), "-c", BY_HAND, *map(str, arguments)],
        cwd=root / "staged",
        env={"PATH": os.defpath, "HOME": str(root), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=True,
    )
    assert tree_digest(package / "artifacts") == tree_digest(by_hand / "artifacts")
    ours, theirs = (
        yaml.safe_load((folder / "MLmodel").read_text()) for folder in (package, by_hand)
    )
    assert ours["model_size_bytes"] == theirs["model_size_bytes"]
    assert _places(ours) == _places(theirs)


def _places(mlmodel: dict[str, Any]) -> dict[str, str]:
    artifacts = mlmodel["flavors"]["python_function"]["artifacts"]
    return {name: entry["path"] for name, entry in artifacts.items()}


def _python(cache: Path) -> Path:
    """Return the interpreter of the environment that small projects share."""
    for python in sorted(cache.glob("environments/*/bin/python")):
        packages = python.parent.parent.glob("lib/python*/site-packages/*.dist-info")
        names = {path.name.partition("-")[0] for path in packages if "-3.17.2." in path.name}
        if "mlflow_skinny" in names and list(python.parent.parent.glob("lib/*/*/pandas")):
            return python
    raise AssertionError("no environment has MLflow")
