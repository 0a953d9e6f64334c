"""An example from a file: what `mlpack import` writes of a payload, and what `signature` finds."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, Project

pytestmark = [pytest.mark.slow, pytest.mark.network]

PAYLOAD = '{"dataframe_split": {"columns": ["x"], "data": [[1.5], [2.0]]}}'
SIGNATURE = {
    "inputs": [{"name": "x", "type": "double"}],
    "outputs": [{"name": "x", "type": "double"}],
}


def test_an_imported_payload_gives_its_signature_and_builds(
    project: Project, tmp_path: Path, mlpack: Mlpack
) -> None:
    root = project()
    (root / "mlpack.yaml").unlink()
    (root / "mlpack.lock").unlink()
    (root / "payload.json").write_text(PAYLOAD)
    (root / "requirements.txt").write_text("mlflow-skinny==3.17.2\npandas\nnumpy\n")
    (root / ".python-version").write_text("3.11\n")
    command = "python package.py --model-class model_code.doubler:Doubler"
    imported = mlpack(
        "import",
        "--write",
        "--",
        *command.split(),
        "--json-payload-filepath",
        "payload.json",
        cwd=root,
    )
    assert imported.returncode == 0, imported.stderr
    manifest = yaml.safe_load((root / "mlpack.yaml").read_text())
    assert manifest["input_example"] == {"file": "payload.json"}

    found = mlpack("signature", "--write", cwd=root)
    assert found.returncode == 0, found.stderr
    assert yaml.safe_load((root / "mlpack.yaml").read_text())["signature"] == SIGNATURE
    built = mlpack("build", cwd=root)
    assert built.returncode == 0, built.stderr
    assert "{x: 3.0}, {x: 4.0}" in built.stdout


def test_an_example_file_that_changes_is_a_reason_to_build(
    project: Project, mlpack: Mlpack
) -> None:
    example = "input_example:\n  dataframe_records: [{x: 1.5}, {x: 2.0}]\n"
    root = project(manifest=MANIFEST.replace(example, "input_example: {file: table.csv}\n"))
    (root / "table.csv").write_text("x\n1.5\n")
    assert "{x: 3.0}" in mlpack("build", cwd=root).stdout
    assert "is up to date" in mlpack("build", cwd=root).stdout
    (root / "table.csv").write_text("x\n2.5\n")
    assert "{x: 5.0}" in mlpack("build", cwd=root).stdout
