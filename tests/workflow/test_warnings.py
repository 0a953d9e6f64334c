"""What models warn of reaches the summary of a build, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, Project

pytestmark = [pytest.mark.slow, pytest.mark.network]

MODEL = """
import logging
import warnings

import mlflow


class Doubler(mlflow.pyfunc.PythonModel):
    def __init__(self, rare=False):
        self.rare = rare

    def load_context(self, context):
        warnings.warn("the weights are old")
        if self.rare:
            logging.getLogger("rare").warning("no bias")

    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * 2
"""
TWO = (
    MANIFEST
    + """
variants:
  one: {}
  two: {model: {class: "model_code.doubler:Doubler", init: {rare: true}}}
"""
)
SUMMARY = """
model_code/doubler.py:12:9: warning[model-warning]: UserWarning: the weights are old
   |
12 |         warnings.warn("the weights are old")
   |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"""


def test_a_warning_of_two_variants_is_told_once(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project(model=MODEL, manifest=TWO)
    built = mlpack("-q", "build", cwd=root)
    assert built.returncode == 0, built.stderr
    assert SUMMARY in built.stdout
    assert built.stdout.count("warning[") == 2
    rare = "14:13: warning[model-warning]: rare: no bias (doubler-two)\n"
    assert f"\nmodel_code/doubler.py:{rare}" in built.stdout

    unchanged = mlpack("-q", "build", cwd=root)
    assert unchanged.stdout.count("is up to date") == 2
    assert "warning" not in unchanged.stdout + unchanged.stderr

    summary = tmp_path / "summary.md"
    variables = {"GITHUB_STEP_SUMMARY": str(summary)}
    again = mlpack("-q", "build", "--force", "--format", "github", cwd=root, env=variables)
    assert "::warning file=model_code/doubler.py,line=12," in again.stdout
    assert summary.read_text().count("the weights are old") == 1

    package = root / "dist/doubler-one"
    for command in (("verify", package), ("predict", package)):
        done = mlpack("-q", *command, cwd=root)
        assert done.returncode == 0, done.stderr
        assert "warning[model-warning]: UserWarning: the weights are old" in done.stderr
        assert "warning" not in done.stdout


def test_a_remembered_forward_pass_has_its_warnings(project: Project, mlpack: Mlpack) -> None:
    root = project(model=MODEL)
    first = mlpack("-q", "build", "--format", "json", cwd=root)
    for path in sorted((root / "dist").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    again = mlpack("build", "--explain", cwd=root)
    assert "this exact package has passed it" in again.stdout
    assert SUMMARY in again.stdout
    [told] = json.loads(first.stdout)["problems"]
    assert (told["code"], told["severity"], told["file"], told["line"]) == (
        "model-warning", "warning", "model_code/doubler.py", 12,
    )  # fmt: skip


def test_a_comment_in_the_manifest_silences_what_points_there(
    project: Project, mlpack: Mlpack
) -> None:
    manifest = MANIFEST.replace("{name: x, type: double}", "{name: x, type: datetime}").replace(
        "dataframe_records: [{x: 1.5}, {x: 2.0}]",
        'dataframe_records: [{x: "2026-01-02T03:04:05+02:00"}]',
    )
    model = MODEL.replace('        warnings.warn("the weights are old")\n', "")
    model = model.replace('model_input[["x"]] * 2', "model_input")
    root = project(model=model, manifest=manifest)
    assert "[datetime-zone]" in mlpack("-q", "build", cwd=root).stdout
    text = (root / "mlpack.yaml").read_text()
    silenced = text.replace("input_example:", "input_example:  # mlpack: ignore[datetime-zone]")
    (root / "mlpack.yaml").write_text(silenced)
    assert "[datetime-zone]" not in mlpack("-q", "build", "--force", cwd=root).stdout
