"""Code that is there becomes a manifest, with a TODO only where the files do not tell."""

from __future__ import annotations

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

import mlpack
from mlpack.core.errors import ManifestError, UsageError
from tests.conftest import ROOT, Mlpack

MODEL = """
    import mlflow


    class Model(mlflow.pyfunc.PythonModel):
        def load_context(self, context):
            self.weights = context.artifacts["weights"]

        def predict(self, context, model_input, params=None):
            return model_input
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text).lstrip())
    return root


def drafted(root: Path, **options: str) -> str:
    mlpack.init(root, mlpack.InitOptions(name="mine", python="3.11", **options))
    return (root / "mlpack.yaml").read_text().partition('\nversion: "0.1.0"\n\n')[2]


def codes(root: Path) -> list[str]:
    try:
        mlpack.load_manifest(root / "mlpack.yaml")
    except ManifestError as error:
        return [problem.code for problem in error.problems]
    return []


def test_what_the_files_tell_needs_no_todo(tmp_path: Path) -> None:
    files = {
        "model.py": MODEL,
        "model_data/weights.pt": "weights",
        "input_example.json": '{"dataframe_records": [{"x": 1}]}',
        "requirements.txt": "mlflow==3.17.2\n",
        "requirements.in": "mlflow\n",
        ".python-version": "3.12\n",
    }
    root = write(tmp_path, files)
    mlpack.init(root, mlpack.InitOptions(name="mine"))
    text = (root / "mlpack.yaml").read_text()
    assert text == dedent(
        """\
        # yaml-language-server: $schema=.mlpack/mlpack.schema.json
        mlpack: 1
        name: mine
        version: "0.1.0"

        model: model:Model

        artifacts:
          weights: model_data/weights.pt

        # TODO: the signature; `mlpack signature --write` infers it from the example.

        # TODO: is this the model's input?
        input_example: {file: input_example.json}

        python: "3.12"
        dependencies: {file: requirements.in}
        """
    )
    assert codes(root) == ["missing-signature"]


def test_the_constructor_and_the_code_around_the_class_are_read(tmp_path: Path) -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/base.py": """
            from typing import TYPE_CHECKING
            from mlflow.pyfunc import PythonModel
            if TYPE_CHECKING:
                import pandas

            class Base(PythonModel):
                def __init__(self, hidden: int, names: list, dropout=0.1):
                    self.hidden = hidden

                def load_context(self, context):
                    self.precision = context.model_config["precision"]
                    self.seed = context.model_config.get("seed", 0)
        """,
        "src/pkg/net.py": """
            import torch, os
            from sklearn.linear_model import Ridge
            import shared
            from pkg.base import Base

            class Net(Base):
                def predict(self, context, model_input, params=None):
                    return model_input
        """,
        "src/shared.py": "import yaml\n",
        "tests/test_net.py": "from pkg.net import Net\nclass Fake(Net): pass\n",
        "train.py": "import lightning\n",
    }
    assert drafted(write(tmp_path, files)) == dedent(
        """\
        model:
          class: pkg.net:Net
          # TODO: the constructor's arguments, which are fixed in the package.
          init:
            hidden: null    # int
            names: null    # list
        code_paths: [src/pkg, src/shared.py]

        # TODO: the values that the class reads from context.model_config.
        model_config:
          precision: null

        # TODO: the signature; `mlpack signature --write` infers it from the example.

        # TODO: an example of the model's input; other forms are possible.
        # input_example: {file: examples/input.csv}

        python: "3.11"
        # TODO: add version bounds; the names come from the imports.
        dependencies:
          - mlflow-skinny
          - pandas
          - pyyaml
          - scikit-learn
          - torch
        """
    )
    assert sorted(codes(tmp_path)) == ["missing-key", "missing-signature"]


def test_a_constructor_of_one_config_gets_the_model_config(tmp_path: Path) -> None:
    model = MODEL.replace(
        "def load_context",
        "def __init__(self, config):\n            pass\n\n        def load_context",
    )
    files = {"model.py": model, "model_config.json": '{"a": 1}', "checkpoints/final.ckpt": ""}
    text = drafted(write(tmp_path, files))
    assert "  class: model:Model\n  init_from: model_config\n" in text
    assert "\nmodel_config: model_config.json\n" in text
    assert "  weights: checkpoints/final.ckpt\n" in text


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            ["weights/a.pt", "weights/b.pt"],
            "  # TODO: is it this one? Others: weights/b.pt.\n  weights: weights/a.pt\n",
        ),
        (["model_data/tf/weights.pt", "other/x.pt"], "  weights: model_data/tf/weights.pt\n"),
        (["a b/weights.pt"], '  weights: "a b/weights.pt"\n'),
        (
            [],
            "  # TODO: the file that the class loads as context.artifacts['weights'].\n"
            "  weights: TODO\n",
        ),
    ],
)
def test_artifacts_are_found_by_the_names_that_the_code_uses(
    names: list[str], expected: str, tmp_path: Path
) -> None:
    text = drafted(write(tmp_path, {"model.py": MODEL, **dict.fromkeys(names, "")}))
    assert f"artifacts:\n{expected}\n" in text


def test_of_several_classes_one_is_taken_or_told(tmp_path: Path, mlpack: Mlpack) -> None:
    second = MODEL.replace("class Model", "class Other")
    root = write(tmp_path, {"model.py": MODEL, "deeper/more.py": second})
    done = mlpack("init", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "Created a manifest for model:Model in .\n" in done.stdout
    assert "mlpack.yaml:6:1: is it this class? Others: deeper.more:Other." in done.stdout
    assert "Next, once this is done:\n  mlpack signature --write\n  mlpack build\n" in done.stdout
    chosen = mlpack("init", "--force", "--model", "deeper.more:Other", cwd=root)
    assert "Created a manifest for deeper.more:Other in .\n" in chosen.stdout
    wrong = mlpack("init", "--force", "--model", "deeper.more:Othr", cwd=root)
    assert wrong.returncode == 2
    assert "did you mean deeper.more:Other?" in wrong.stderr


@pytest.mark.parametrize(
    ("bound", "python"), [(">=3.10,<3.12", "3.11"), (">=3.13", "3.14"), ("~=3.9.0", "3.9")]
)
def test_python_and_packages_come_from_pyproject(bound: str, python: str, tmp_path: Path) -> None:
    from mlpack.authoring.survey import survey

    project = f'[project]\nname = "x"\nrequires-python = "{bound}"\ndependencies = ["mlflow"]\n'
    root = write(tmp_path, {"model.py": MODEL, "pyproject.toml": project})
    seen = survey(root, prefer="3.11")
    assert (seen.python, str(seen.requirements)) == (python, "pyproject.toml")
    assert "\ndependencies: {pyproject: {path: pyproject.toml}}\n" in drafted(root)


def test_what_is_no_python_stops_nobody(tmp_path: Path) -> None:
    files = {"model.py": MODEL, "old.py": "print 'two'\n", "pyproject.toml": "= nonsense"}
    root = write(tmp_path, files)
    (root / "latin.py").write_bytes(b"x = '\xe9'\n")
    assert "\nmodel: model:Model\n" in f"\n{drafted(root)}"


def test_no_code_is_run(tmp_path: Path) -> None:
    bomb = "import pathlib\npathlib.Path(__file__).with_name('ran').touch()\n"
    write(tmp_path, {"model.py": bomb + dedent(MODEL), "package.py": bomb, "setup.py": bomb})
    report = mlpack.init(tmp_path)
    assert not (tmp_path / "ran").exists()
    assert str(report.importable) == "package.py"


def test_a_template_beside_code_must_not_replace_it(tmp_path: Path) -> None:
    root = write(tmp_path, {"model_code/model.py": MODEL})
    with pytest.raises(UsageError, match=r"model_code/model.py exists already"):
        mlpack.init(root, mlpack.InitOptions(template="sklearn"))


@pytest.mark.slow
@pytest.mark.network
def test_a_described_project_builds_once_its_todos_are_done(tmp_path: Path, mlpack: Mlpack) -> None:
    source = ROOT / "mlpack/authoring/templates/projects/file-uri"
    shutil.copytree(source, tmp_path / "p", ignore=shutil.ignore_patterns("mlpack.yaml"))
    project = write(tmp_path / "p", {"requirements.txt": "mlflow-skinny~=3.17.2\npandas~=2.3\n"})
    assert mlpack("init", cwd=project).returncode == 0
    manifest = project / "mlpack.yaml"
    assert "  weights: model_data/weights.npz\n" in manifest.read_text()
    assert "\ninput_example: {input_uri: data/flowers.csv}\n" in manifest.read_text()
    manifest.write_text(manifest.read_text().replace("unit_length: null", "unit_length: true"))
    written = mlpack("signature", "--write", cwd=project)
    assert written.returncode == 0, written.stderr
    built = mlpack("build", cwd=project)
    assert built.returncode == 0, built.stderr
    assert "float32 (5, 2)" in built.stdout
