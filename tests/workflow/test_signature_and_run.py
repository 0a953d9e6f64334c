"""`mlpack signature` and `mlpack run` on a small real project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import Mlpack
from tests.workflow.conftest import MANIFEST, Project

pytestmark = pytest.mark.slow

WITHOUT = "".join(
    line
    for line in MANIFEST.splitlines(keepends=True)
    if not line.startswith(("signature", "  inputs", "  outputs"))
)


def _listing(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


def test_a_manifest_without_a_signature_is_told_to_find_it_and_then_builds(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(manifest=WITHOUT)
    for command in ("build", "validate"):
        told = mlpack("-q", command, cwd=root)
        assert told.returncode == 2
        assert "error[missing-signature]" in told.stderr
        assert "mlpack signature --write" in told.stderr
    shown = mlpack("signature", cwd=root)
    assert shown.returncode == 0, shown.stderr
    assert yaml.safe_load(shown.stdout) == {
        "signature": {
            "inputs": [{"name": "x", "type": "double"}],
            "outputs": [{"name": "x", "type": "double"}],
        }
    }
    assert (root / "mlpack.yaml").read_text() == WITHOUT.lstrip()
    written = mlpack("signature", "--write", cwd=root)
    assert written.returncode == 0, written.stderr
    assert (root / "mlpack.yaml").read_text().startswith(WITHOUT.strip())
    assert mlpack("build", cwd=root).returncode == 0
    described = yaml.safe_load((root / "dist/doubler/MLmodel").read_text())
    assert json.loads(described["signature"]["outputs"]) == [
        {"type": "double", "name": "x", "required": True}
    ]


def test_a_signature_that_is_there_is_replaced_and_nothing_else(
    project: Project, mlpack: Mlpack
) -> None:
    wrong = MANIFEST.replace(
        "outputs: [{name: x, type: double}]", "outputs: [{name: y, type: long}]"
    )
    root = project(manifest=wrong)
    done = mlpack("signature", "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    before = yaml.safe_load(MANIFEST)
    assert yaml.safe_load((root / "mlpack.yaml").read_text()) == before


def test_a_model_that_fails_while_its_signature_is_sought_changes_nothing(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(
        manifest=WITHOUT,
        model="import mlflow\nclass Doubler(mlflow.pyfunc.PythonModel):\n"
        "    def predict(self, context, model_input, params=None):\n"
        "        raise ValueError('not today')\n",
    )
    done = mlpack("-q", "signature", "--write", cwd=root)
    assert done.returncode == 1
    assert "not today" in done.stderr
    assert (root / "mlpack.yaml").read_text() == WITHOUT.lstrip()


def test_run_is_in_the_locked_environment_and_passes_its_status_on(
    project: Project, mlpack: Mlpack
) -> None:
    root = project()
    before = _listing(root)
    script = "import mlflow, os, sys; print(mlflow.__version__, os.getcwd()); sys.exit(3)"
    done = mlpack("run", "--", "python", "-c", script, cwd=root)
    assert done.returncode == 3
    assert done.stdout == f"3.17.2 {root}\n"
    assert _listing(root) == before


def test_a_variant_says_whose_environment_and_example(project: Project, mlpack: Mlpack) -> None:
    older = "{dependencies: [mlflow==2.20.0], input_example: {dataframe_records: [{x: '1'}]}}"
    model = "import mlflow\nclass Doubler(mlflow.pyfunc.PythonModel):\n"
    model += (
        "    def predict(self, context, model_input, params=None):\n        return model_input\n"
    )
    root = project(manifest=f"{WITHOUT}variants:\n  new: {{}}\n  old: {older}\n", model=model)
    version = "import mlflow; print(mlflow.__version__)"
    new = mlpack("run", "--variant", "new", "--", "python", "-c", version, cwd=root)
    assert new.stdout == "3.17.2\n", new.stderr
    old = mlpack("run", "--variant", "old", "--", "python", "-c", version, cwd=root)
    assert old.stdout == "2.20.0\n", old.stderr
    found = mlpack("signature", "--variant", "old", "--offline", cwd=root)
    assert found.returncode == 0, found.stderr
    assert yaml.safe_load(found.stdout)["signature"]["inputs"] == [{"name": "x", "type": "string"}]
    wrong = mlpack("-q", "run", "--variant", "odd", "--", "python", cwd=root)
    assert wrong.returncode == 2
    assert "odd" in wrong.stderr and "new" in wrong.stderr


@pytest.mark.parametrize("words", [["run", "--offline", "--", "true"], ["signature", "--offline"]])
def test_offline_an_environment_that_is_not_kept_is_not_made(
    words: list[str], project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    empty = {"MLPACK_CACHE_DIR": str(tmp_path / "a"), "UV_CACHE_DIR": str(tmp_path / "b")}
    refused = mlpack("-q", *words, cwd=project(), env=empty)
    assert refused.returncode == 7, refused.stderr
    assert "without `--offline`" in refused.stderr


def test_run_finds_the_programs_that_the_packages_bring(project: Project, mlpack: Mlpack) -> None:
    root = project()
    done = mlpack("run", "--", "mlflow", "--version", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "3.17.2" in done.stdout


def test_run_of_what_is_not_there_is_told(project: Project, mlpack: Mlpack) -> None:
    root = project()
    done = mlpack("-q", "run", "--", "transcriptformer", "download", cwd=root)
    assert done.returncode == 7
    assert done.stderr == (
        "error: the command transcriptformer is neither in the environment nor on PATH\n"
        "  help: add the package that provides it to `dependencies`\n"
    )


def test_run_may_make_the_artifacts_that_the_manifest_names(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(manifest=MANIFEST + "artifacts: {weights: weights.bin}\n")
    assert mlpack("validate", cwd=root).returncode == 2
    make = "open('weights.bin', 'wb').write(b'w')"
    done = mlpack("run", "--", "python", "-c", make, cwd=root)
    assert done.returncode == 0, done.stderr
    assert mlpack("validate", cwd=root).returncode == 0
