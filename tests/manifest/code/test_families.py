"""Which classes of a folder are models."""

from __future__ import annotations

from pathlib import Path

from mlpack.manifest.code import chain, parse, python_model_classes

ROOT = Path(__file__).resolve().parents[3]


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_models_are_found_through_aliases_and_local_bases(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "direct.py": "import mlflow as m\nclass A(m.PythonModel):\n  def predict(s): 1",
            "src/pack/__init__.py": "from .base import Base",
            "src/pack/base.py": "from mlflow.pyfunc import PythonModel as P\nclass Base(P): ...",
            "src/pack/model.py": (
                "from pack import Base\nclass B(Base):\n  def predict(self, x): ...\n"
                "class NotOne: ...\nclass Unknown(Elsewhere): ..."
            ),
            "loose/model.py": "from direct import A\nclass C(A): ...",
            "broken.py": "class (",
            ".venv/x.py": "from mlflow.pyfunc import PythonModel\nclass Hidden(PythonModel): ...",
        },
    )
    found = python_model_classes(tmp_path)
    assert [(each.reference, str(each.root), each.has_predict) for each in found] == [
        ("direct:A", ".", True),
        ("loose.model:C", ".", True),
        ("pack.base:Base", "src", False),
        ("pack.model:B", "src", True),
    ]


def test_the_examples_models_are_found() -> None:
    found = python_model_classes(ROOT / "examples")
    assert [(str(each.path), each.facts.name) for each in found] == [
        ("pytorch/model_code/model.py", "PenguinClassifier"),
        ("quickstart/model_code/classifier.py", "IrisClassifier"),
        ("single_cell/model_code/embedder.py", "CellEmbedder"),
    ]


def test_a_circle_of_bases_ends() -> None:
    module = parse("class A(B): ...\nclass B(A): ...", file="m.py", module="m")
    assert chain(module, module.classes[0], {"m": module}).is_model == "no"


def test_what_sets_the_signature_is_found_through_local_bases(tmp_path: Path) -> None:
    _write(
        tmp_path,
        {
            "base.py": "import mlflow\nclass Base(mlflow.pyfunc.ResponsesAgent): ...",
            "model.py": "from base import Base\nclass Agent(Base):\n  def predict(s): 1",
            "plain.py": "import mlflow\nclass Plain(mlflow.pyfunc.PythonModel): ...",
        },
    )
    found = {each.reference: each for each in python_model_classes(tmp_path)}
    assert found["model:Agent"].agent == "ResponsesAgent"
    assert found["plain:Plain"].agent is None
    # MLflow's own predict is abstract.
    assert not found["base:Base"].has_predict
