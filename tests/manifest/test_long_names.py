"""A name that is too long for a file system is a name of nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.core.errors import ManifestError
from mlpack.manifest.reading import read
from tests.workflow.conftest import MANIFEST, write_project


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("model_code.doubler:Doubler", f"{'n' * 300}:Doubler"),
        ("model_code.doubler:Doubler", f"{'n' * 300}.doubler:Doubler"),
        ("model_code.doubler:Doubler", f"{'n' * 300}_code.{'m' * 5000}:Doubler"),
        ("mlpack: 1\n", f"mlpack: 1\ncode_paths: [{'n' * 300}]\n"),
        ("mlpack: 1\n", f"mlpack: 1\nartifacts: {{a: {'n' * 300}/b}}\n"),
    ],
)
def test_it_is_one_of_the_mistakes(tmp_path: Path, old: str, new: str) -> None:
    root = write_project(tmp_path, manifest=MANIFEST.replace(old, new))
    with pytest.raises(ManifestError):
        read(root / "mlpack.yaml")


@pytest.mark.parametrize("name", ["n" * 300, f"{'n' * 300}.m", f"doubler.{'n' * 300}"])
def test_code_may_import_it_in_vain(tmp_path: Path, name: str) -> None:
    model = f"try:\n    import {name}\nexcept ImportError:\n    pass\nimport {name}\n"
    root = write_project(tmp_path)
    path = root / "model_code/doubler.py"
    path.write_text(model + path.read_text())
    assert read(root / "mlpack.yaml").variants
