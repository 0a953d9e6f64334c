"""Checks of the model's code: what they must find is in the cases; here, what they must not."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from mlpack.core.errors import ManifestError
from mlpack.manifest.reading import read
from mlpack.manifest.rules.packages import in_standard_library

MANIFEST = """
mlpack: 1
name: demo
version: "1.0"
{model}
{more}
signature:
  inputs:
    - {{name: x, type: double}}
input_example:
  dataframe_records: [{{x: 1.5}}]
python: "{python}"
dependencies: {dependencies}
"""
MODEL = """
import mlflow.pyfunc

class Model(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input
"""


def _codes(
    folder: Path,
    files: dict[str, str] | str,
    *,
    model: str = "model: model_code.model:Model",
    more: str = "",
    python: str = "3.11",
    dependencies: str = "[pandas]",
) -> list[str]:
    """Return the findings in a project of these files, errors with a mark."""
    named = files if isinstance(files, dict) else {"model_code/model.py": files}
    for name, text in named.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(dedent(text))
    manifest = MANIFEST.format(model=model, more=more, python=python, dependencies=dependencies)
    (folder / "mlpack.yaml").write_text(manifest)
    try:
        found = read(folder / "mlpack.yaml", display="mlpack.yaml").warnings
    except ManifestError as error:
        found = error.problems
    return [("!" if each.severity == "error" else "") + each.code for each in found]


FINE = {
    "re-exported": {
        "model_code/__init__.py": "from .impl.model import Model as Model",
        "model_code/impl/model.py": MODEL,
        "model_code/model.py": "from model_code import Model",
    },
    "star import": {"model_code/model.py": "from pandas import *"},
    "made as it runs": {"model_code/model.py": "Model = type('Model', (), {})"},
    "module getattr": {"model_code/model.py": "def __getattr__(name): ..."},
    "under a condition": {
        "model_code/model.py": """
            try:
                from mlflow.pyfunc import PythonModel
            except ImportError:
                from mlflow.pyfunc.model import PythonModel
            if True:
                class Model(PythonModel):
                    def predict(self, model_input): ...
            """
    },
    "inherited": {
        "model_code/base.py": MODEL.replace("Model(", "Base("),
        "model_code/model.py": """
            from . import base
            class Model(base.Base): ...
            """,
    },
    "predict by assignment": {
        "model_code/model.py": """
            from mlflow import pyfunc
            def _run(self, context, model_input): ...
            class Model(pyfunc.PythonModel):
                predict = _run
            """
    },
    "imports that may fail": {
        "model_code/model.py": MODEL
        + dedent(
            """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                import some_types
            try:
                import flash_attn
            except ImportError:
                flash_attn = None
            if __name__ == "__main__":
                import wandb
            import google.cloud.storage
            import numpy
            """
        )
    },
    "not reached": {
        "model_code/model.py": MODEL,
        "model_code/train.py": "import wandb\nimport pytorch_lightning\nopen(__file__, 'w')\n",
    },
    "not reached and broken": {"model_code/model.py": MODEL, "model_code/old.py": "print 'x'"},
    "namespace package": {
        "model_code/model.py": "from model_code.deep.er import x\n" + MODEL,
        "model_code/deep/er.py": "x = 1",
    },
    "compiled module": {
        "model_code/model.py": "from model_code import fast\nimport model_code.fast\n" + MODEL,
        "model_code/fast.cpython-311-x86_64-linux-gnu.so": "",
    },
    "known leavings": {
        "model_code/model.py": MODEL,
        "model_code/__pycache__/model.pyc": "",
        "model_code/.ipynb_checkpoints/.env": "",
        "model_code/.git/config": "",
    },
}


@pytest.mark.parametrize("files", FINE.values(), ids=FINE.keys())
def test_sound_code_gets_no_finding(files: dict[str, str], tmp_path: Path) -> None:
    assert _codes(tmp_path, files) == []


CONSTRUCTORS = {
    "takes anything": "def __init__(self, **settings): ...",
    "decorated": "@wraps\n    def __init__(self): ...",
    "new": "def __new__(cls, depth): ...",
    "exact": "def __init__(self, *, depth, width=2): ...",
}


@pytest.mark.parametrize("init", CONSTRUCTORS.values(), ids=CONSTRUCTORS.keys())
def test_constructors_that_fit_or_cannot_be_judged(init: str, tmp_path: Path) -> None:
    text = MODEL.replace("    def predict", f"    {init}\n    def predict")
    model = "model: {class: 'model_code.model:Model', init: {depth: 3}}"
    assert _codes(tmp_path, text, model=model) == []


def test_a_dataclass_has_a_constructor_of_its_own(tmp_path: Path) -> None:
    text = MODEL.replace("class", "import dataclasses\n@dataclasses.dataclass\nclass")
    model = "model: {class: 'model_code.model:Model', init: {depth: 3}}"
    assert _codes(tmp_path, text, model=model) == []


LOOKS = {
    "by a loop": "for name in context.artifacts: ...",
    "passed on": "helper(context)",
    "kept": "self.artifacts = context.artifacts",
    "by a variable": "context.artifacts[key]",
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_what_may_be_used_is_not_called_unused(look: str, tmp_path: Path) -> None:
    text = MODEL + f"    def load_context(self, context):\n        {look}\n"
    more = "artifacts: {vocab: mlpack.yaml}"
    assert _codes(tmp_path, text, more=more) == []


def test_a_configuration_that_the_constructor_takes_is_used(tmp_path: Path) -> None:
    text = MODEL.replace("    def predict", "    def __init__(self, config): ...\n    def predict")
    model = "model: {class: 'model_code.model:Model', init_from: model_config}"
    assert _codes(tmp_path, text, model=model, more="model_config: {a: 1}") == []


def test_keys_that_are_tested_for_may_be_absent(tmp_path: Path) -> None:
    text = MODEL + (
        "    def load_context(self, context):\n"
        "        if 'vocab' in context.artifacts: context.artifacts['vocab']\n"
        "        context.model_config.get('depth')\n"
    )
    assert _codes(tmp_path, text) == []


def test_another_class_of_the_module_has_keys_of_its_own(tmp_path: Path) -> None:
    other = MODEL.replace("class Model", "class Other")
    other += "    def load_context(self, context):\n        context.artifacts['theirs']\n"
    assert _codes(tmp_path, MODEL + other) == []


REQUIREMENTS = {
    "a file": {
        "requirements.in": "-r more.in  # comment\npandas\n",
        "more.in": "scikit_learn>=1\n",
    },
    "an editable": {"requirements.in": "-e .\n"},
    "a project": {"pyproject.toml": "[project]\ndependencies = ['scikit-learn']\n"},
    "a dynamic project": {"pyproject.toml": "[project]\ndynamic = ['dependencies']\n"},
}


# What is wrong with the lines themselves, whatever the code imports.
REFUSED = {"an editable": ["!local-requirement"], "a dynamic project": ["!dynamic-dependencies"]}


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_are_read_where_they_stand(name: str, tmp_path: Path) -> None:
    files, expected = REQUIREMENTS[name], REFUSED.get(name, [])
    key = "pyproject: {}" if "pyproject.toml" in files else "file: requirements.in"
    code = "import sklearn.svm, skimage\n" if "dynamic" in str(files) or "-e" in str(files) else ""
    text = (code or "import sklearn.svm\n") + MODEL
    found = _codes(tmp_path, {**files, "model_code/model.py": text}, dependencies=f"{{{key}}}")
    assert found == expected


LOCK = "packages:\n" + "".join(
    f"      - name: {name}\n" for name in ("internal-sdk", "mlflow", "pandas", "scikit-learn")
)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("import sklearn", []),
        ("import sdk_core", ["unknown-import"]),
        ("import internal.tools", []),
        ("import cv2", ["!unknown-import"]),
        ("def late():\n    import cv2", ["unknown-import"]),
        ("import odd_name", ["unknown-import"]),
    ],
)
def test_only_what_certainly_fails_is_an_error(
    statement: str, expected: list[str], tmp_path: Path
) -> None:
    files = {"mlpack.lock": LOCK, "model_code/model.py": f"{statement}\n{MODEL}"}
    assert _codes(tmp_path, files) == expected


@pytest.mark.parametrize(
    "lock", ["", LOCK[:-9], LOCK.replace("pandas", "other"), LOCK.replace("mlflow", "other")]
)
def test_a_lock_that_is_cut_or_old_says_nothing_of_what_is_missing(
    lock: str, tmp_path: Path
) -> None:
    files = {"mlpack.lock": lock, "model_code/model.py": f"import cv2, numpy\n{MODEL}"}
    assert _codes(tmp_path, files) == ["unknown-import"]


def test_modules_reached_by_chance_give_warnings_only(tmp_path: Path) -> None:
    files = {
        "mlpack.lock": LOCK,
        "model_code/model.py": MODEL
        + "    def late(self):\n        from model_code import plots\n",
        "model_code/plots.py": "import seaborn\nfrom model_code.nowhere import x\n",
    }
    assert _codes(tmp_path, files) == ["unknown-import", "missing-import"]


def test_newer_syntax_than_this_python_knows_is_not_judged(tmp_path: Path) -> None:
    assert _codes(tmp_path, "syntax of the future!", python="3.14") == []


def test_a_file_is_parsed_once_for_all_variants(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlpack.manifest.rules import modules

    seen: list[Path] = []
    real = modules.read_module
    monkeypatch.setattr(
        modules, "read_module", lambda path, **more: (seen.append(path), real(path, **more))[1]
    )
    variants = "variants:\n" + "".join(f"  v{n}: {{}}\n" for n in range(5))
    assert _codes(tmp_path, MODEL, more=variants) == []
    assert len(seen) == len(set(seen)) == 1


@pytest.mark.parametrize(
    ("module", "python", "expected"),
    [
        ("distutils", "3.11", True),
        ("distutils", "3.12", False),
        ("cgi", "3.12", True),
        ("cgi", "3.13", False),
        ("cgi", "3.13.2", False),
        ("tomllib", "3.10", False),
        ("tomllib", "3.11", True),
        ("json", "3.9", True),
        ("numpy", "3.11", False),
    ],
)
def test_the_standard_library_is_that_of_the_models_python(
    module: str, python: str, expected: bool
) -> None:
    assert in_standard_library(module, python) is expected


def test_a_class_of_another_package_may_be_an_agent(tmp_path: Path) -> None:
    (tmp_path / "model_code").mkdir()
    (tmp_path / "model_code/model.py").write_text("from agents import Agent\nimport mlflow\n")
    text = MANIFEST.format(model="model: model_code.model:Agent", more="", python="3.11",
                           dependencies="[agents, mlflow]")  # fmt: skip
    unsigned = text.partition("signature:")[0] + "python:" + text.partition("python:")[2]
    (tmp_path / "mlpack.yaml").write_text(unsigned)
    variant = read(tmp_path / "mlpack.yaml").variants[0]
    assert variant.signature is None
    assert variant.input_example.kind == "default"
