"""Steps that are not due do not run, and several packages are built at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mlpack.core.digest import tree_digest
from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, MODEL, Project

pytestmark = pytest.mark.slow

VARIANTS = """
variants:
  good: {}
  bad: {tags: {size: wrong}, verify: {expected_output: {file: wrong.json}}}
  fine: {tags: {size: fine}}
"""


def _own(model: str, test: str) -> str:
    """Return a model that no other test has proven yet."""
    return f"{model}\n# of {test}\n"


def test_each_step_says_why(project: Project, mlpack: Mlpack, tmp_path: Path) -> None:
    root = project(model=_own(MODEL, str(tmp_path)))
    first = mlpack("build", "--explain", cwd=root)
    assert "save: no package yet" in first.stdout, first.stderr
    assert "forward pass: this exact package has not passed it before" in first.stdout
    same = mlpack("build", "--explain", cwd=root)
    assert "nothing moved since the last build" in same.stdout
    (root / "model_code/doubler.py").write_text(_own(MODEL, f"{tmp_path} again"))
    edited = mlpack("build", "--explain", cwd=root)
    assert "environment: kept from before" in edited.stdout
    assert "save: code model_code/doubler.py changed" in edited.stdout


def test_a_change_of_the_proof_saves_nothing_anew(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project(model=_own(MODEL, str(tmp_path)))
    assert mlpack("build", cwd=root).returncode == 0
    saved = (root / "dist/doubler/MLmodel").stat().st_mtime_ns
    (root / "expected.json").write_text('[{"x": 3.0}, {"x": 4.0}]')
    more = "verify: {expected_output: {file: expected.json}}\n"
    (root / "mlpack.yaml").write_text(MANIFEST.lstrip() + more)
    again = mlpack("build", "--explain", cwd=root)
    assert "proven again" in again.stdout, again.stderr
    assert "save: not needed" in again.stdout
    assert (root / "dist/doubler/MLmodel").stat().st_mtime_ns == saved
    assert "is up to date" in mlpack("build", cwd=root).stdout
    assert mlpack("verify", "dist/doubler", "--no-predict", cwd=root).returncode == 0


def test_bytes_that_were_proven_are_not_proven_again(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project(model=_own(MODEL, str(tmp_path)))
    assert mlpack("build", cwd=root).returncode == 0
    elsewhere = mlpack("build", "--explain", "--output", "elsewhere", cwd=root)
    assert "forward pass: not needed, this exact package has passed it" in elsewhere.stdout
    forced = mlpack("build", "--explain", "--force", cwd=root)
    assert "save: requested by --force" in forced.stdout
    assert (
        "forward pass: this exact package has not" in forced.stdout or "Predicted" in forced.stderr
    )


def test_one_that_fails_does_not_stop_the_others(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    root = project(model=_own(MODEL, str(tmp_path)), manifest=MANIFEST + VARIANTS)
    (root / "wrong.json").write_text('[{"x": -3.0}, {"x": 4.0}]')
    done = mlpack("build", "--jobs", "2", cwd=root)
    assert done.returncode == 1
    assert "dist/doubler-bad failed:" in done.stderr
    assert done.stdout.index("doubler-good built") < done.stdout.index("doubler-fine built")
    assert sorted(path.name for path in (root / "dist").iterdir() if path.is_dir()) == [
        "doubler-fine",
        "doubler-good",
    ]
    told = json.loads(mlpack("build", "--format", "json", cwd=root).stdout)
    assert [each["status"] for each in told["packages"]] == ["unchanged", "failed", "unchanged"]
    assert (told["ok"], told["packages"][1]["error"]["exit_code"]) == (False, 1)
    at_once = mlpack("build", "--fail-fast", "--force", "-j", "1", cwd=root)
    assert at_once.returncode == 1
    assert " built, " not in at_once.stdout


def test_a_tree_of_manifests_is_built_as_one(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    tree = tmp_path / "models"
    first = project(name="models/first", model=_own(MODEL, "first"))
    second = project(name="models/deep/second", model=_own(MODEL, "second"))
    done = mlpack("build", "-f", tree, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Environment ready") == 1
    assert (first / "dist/doubler/MLmodel").is_file()
    assert (second / "dist/doubler/MLmodel").is_file()
    listed = mlpack("list", "-f", tree, "--format", "github-matrix", cwd=tmp_path)
    rows = json.loads(listed.stdout)["include"]
    assert [row["manifest"] for row in rows] == [
        "models/deep/second/mlpack.yaml",
        "models/first/mlpack.yaml",
    ]
    digests = json.loads(mlpack("list", "-f", tree, "--format", "json", cwd=tmp_path).stdout)
    assert digests["models"][0]["digest"] == tree_digest(second / "dist/doubler").digest
    nothing = mlpack("build", "-f", first / "dist", cwd=tmp_path)
    assert (nothing.returncode, "no mlpack.yaml found in" in nothing.stderr) == (2, True)
