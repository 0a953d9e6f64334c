"""`mlpack signature` and `mlpack run` on a small real project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.test_init import Terminal
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


MANY = """
import base64

import mlflow
import pandas as pd


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if params["scale"] > 100:
            raise ValueError("too large a scale")
        sizes = [len(base64.b64decode(text)) for text in model_input["image"]]
        days = pd.to_datetime(model_input["at"]).dt.day
        return pd.DataFrame({"x": model_input["x"] * params["scale"], "size": sizes, "day": days})
"""
EXAMPLE = """
input_example:
  dataframe_records: [{x: 2.0, image: aGVsbG8=, at: "2026-01-02T03:04:05"}]
  params: {scale: 3.0}
"""


def _manifest(signature: str, example: str = EXAMPLE) -> str:
    start, rest = WITHOUT.split("input_example:\n")
    return f"{start}{signature}{example.lstrip()}{rest.partition(chr(10))[2]}"


def test_what_is_declared_stays_and_what_is_missing_is_written(
    project: Project, mlpack: Mlpack
) -> None:
    declared = (
        "signature:\n"
        "  inputs:\n"
        "    - {name: x, type: float, required: false}  # metres\n"
        "  outputs: [{name: x, type: long}]\n"
        "  params: [{name: scale, type: float, default: 1.0}]  # keep\n"
    )
    root = project(manifest=_manifest(declared), model=MANY)
    done = mlpack("signature", "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    completed = declared.replace(
        "# metres\n",
        "# metres\n    - {name: image, type: string}\n    - {name: at, type: string}\n",
    ).replace("type: long}]", "type: long}, {name: size, type: long}, {name: day, type: integer}]")
    assert (root / "mlpack.yaml").read_text() == _manifest(completed).lstrip()
    assert "+    - {name: image, type: string}\n" in done.stderr, "the diff comes first"
    assert "the output `x` is declared as long, but the model returned " in done.stderr
    assert "the model decodes base64 from the string `image`: declare it as `binary`" in done.stderr
    assert "the model parses a time from the string `at`: declare it as `datetime`" in done.stderr
    again = mlpack("signature", "--write", cwd=root)
    assert "The signature in mlpack.yaml is complete" in again.stderr
    assert (root / "mlpack.yaml").read_text() == _manifest(completed).lstrip()


def test_params_of_the_example_reach_a_model_without_a_signature(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(manifest=_manifest(""), model=MANY)
    shown = mlpack("signature", cwd=root)
    assert shown.returncode == 0, shown.stderr
    assert yaml.safe_load(shown.stdout)["signature"]["params"] == [
        {"name": "scale", "type": "double", "default": 3.0}
    ]
    wild = _manifest("", EXAMPLE.replace("scale: 3.0", "scale: 300.0"))
    (root / "mlpack.yaml").write_text(wild)
    failed = mlpack("-q", "signature", cwd=root)
    assert failed.returncode == 1
    assert "predict raised ValueError: too large a scale" in failed.stderr


def test_a_missing_key_of_the_models_own_is_not_blamed_on_home(
    project: Project, mlpack: Mlpack
) -> None:
    root = project(manifest=_manifest("", EXAMPLE.replace("scale", "other")), model=MANY)
    failed = mlpack("-q", "signature", cwd=root)
    assert failed.returncode == 1
    assert "predict raised KeyError: 'scale'" in failed.stderr
    assert "HOME" not in failed.stderr


def test_a_misspelled_column_is_no_new_one(project: Project, mlpack: Mlpack) -> None:
    declared = "signature: {inputs: [{name: imagee, type: string}]}\n"
    root = project(manifest=_manifest(declared), model=MANY)
    refused = mlpack("-q", "signature", "--write", cwd=root)
    assert refused.returncode == 2
    assert "Did you mean `imagee`?" in refused.stderr


def test_on_a_terminal_it_asks_before_it_writes(project: Project, mlpack: Mlpack) -> None:
    root = project(manifest=WITHOUT)
    before = (root / "mlpack.yaml").read_text()
    terminal = Terminal("signature", "--write", cwd=root)
    terminal.wait_for("Write this to mlpack.yaml? [Y/n]")
    assert "+  inputs: [{name: x, type: double}]" in terminal.text
    terminal.type("n\n")
    assert terminal.ended() == 0
    assert (root / "mlpack.yaml").read_text() == before
    agreed = Terminal("signature", "--write", "-y", cwd=root)
    assert agreed.ended() == 0, agreed.text
    assert (root / "mlpack.yaml").read_text().startswith(before.strip())
    again = Terminal("signature", "--write", "--yes", cwd=root)
    assert again.ended() == 0, again.text
    assert "is complete" in again.text


def test_a_signature_in_code_is_left_alone(project: Project, mlpack: Mlpack) -> None:
    root = project(manifest=_manifest("signature: spec.py:SIGNATURE\n"), model=MANY)
    (root / "spec.py").write_text(
        "from mlflow.models import ModelSignature\n"
        "from mlflow.types import ColSpec, Schema\n"
        "SIGNATURE = ModelSignature(inputs=Schema([ColSpec('double', 'x')]))\n"
    )
    before = (root / "mlpack.yaml").read_text()
    done = mlpack("signature", "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "the signature is declared in spec.py:SIGNATURE, which stays as it is" in done.stderr
    assert (root / "mlpack.yaml").read_text() == before


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
    assert "run `mlpack fetch` while online" in refused.stderr


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
