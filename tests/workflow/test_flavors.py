"""Models of MLflow's other flavors: adopted byte for byte, proven, loaded by their flavor."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import Mlpack

PROJECT = Path(__file__).parent / "flavors"
ANEW = {"MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml"}
EXAMPLE = {"input_example.json", "serving_input_example.json"}

# What the flavor's own loader gives, and what the package predicts from its example.
NEEDS = {"mlpack.yaml": "needs.txt", "old.yaml": "needs-old.txt", "torch.yaml": "needs-torch.txt"}
FOUND: dict[str, dict[str, tuple[str, Any]]] = {
    "mlpack.yaml": {
        "sklearn": ("LogisticRegression", [1, 0]),
        "sklearn_pickle": ("RandomForestRegressor", [1.0, 0.0]),
        "xgboost": ("XGBClassifier", [1, 0]),
        "lightgbm": ("Booster", [0.6355, 0.3645]),
        "catboost": ("CatBoostRegressor", [0.87115, 0.12885]),
        "statsmodels": ("RegressionResultsWrapper", [1.083333, 0.166667]),
        "onnx": ("ModelProto", {"y": [[-1.0, -2.0]]}),
        "spacy": ("English", {"predictions": [{"good": 0.5, "bad": 0.5}]}),
        "pickled": ("Sum", [3.5, 1.0]),
        "loader": ("", [6.0]),
        "code": ("Line", [14.0]),
    },
    "old.yaml": {
        "sklearn_pickle": ("RandomForestRegressor", [1.0, 0.0]),
        "lightgbm": ("Booster", [0.6355, 0.3645]),
    },
    "torch.yaml": {
        "torch": ("GraphModule", [[0.171371]]),
        "transformers": ("TextClassificationPipeline", {"label": ["LABEL_0"], "score": [0.5]}),
    },
}
pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.mark.parametrize(
    "manifest",
    ["mlpack.yaml", "old.yaml", pytest.param("torch.yaml", marks=pytest.mark.torch)],
)
def test_saved_models_of_all_flavors(manifest: str, tmp_path: Path, mlpack: Mlpack) -> None:
    project, names = tmp_path / "project", list(FOUND[manifest])
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("__pycache__"))
    run = ("-f", manifest, "run", "--variant", names[0], "--", "python")
    trained = mlpack(*run, "train.py", NEEDS[manifest], *names, cwd=project)
    assert trained.returncode == 0, trained.stderr
    built = mlpack("-f", manifest, "build", "--format", "json", cwd=project)
    assert built.returncode == 0, built.stdout + built.stderr
    for name in names:
        _check_files(project / "model_data" / name, project / f"dist/flavors-{name}")

    loaded = mlpack(*run, "check.py", *names, cwd=project)
    assert loaded.returncode == 0, loaded.stderr
    found = json.loads(loaded.stdout.splitlines()[-1])
    assert {name: tuple(told) for name, told in found.items()} == {
        name: (own, True, _near(predicted)) for name, (own, predicted) in FOUND[manifest].items()
    }

    # Elsewhere, at another time, with what loading has left in the folders.
    again = mlpack(
        "-f", manifest, "build", "--locked", "--skip-inference", "-o", tmp_path / "b", cwd=project
    )
    assert again.returncode == 0, again.stdout + again.stderr
    if manifest == "mlpack.yaml":
        _check_import(project, mlpack)


def _check_files(saved: Path, package: Path) -> None:
    """Hold a package to the saved model: all is the same but the environment and the example."""
    before, after = _files(saved), _files(package)
    for name in (before.keys() | after.keys()) - ANEW - EXAMPLE:
        if "__pycache__" not in name:
            assert before.get(name) == after.get(name), name
    assert b"--hash" in after["requirements.txt"]
    old, new = (yaml.safe_load(files["MLmodel"]) for files in (before, after))
    assert new["flavors"].keys() == old["flavors"].keys()
    for flavor, entry in old["flavors"].items():
        assert _exact(new["flavors"][flavor]) == _exact(entry)
    assert {side: json.loads(text or "null") for side, text in new["signature"].items()} == {
        side: json.loads(text or "null") for side, text in old["signature"].items()
    }
    assert new["model_uuid"] != old["model_uuid"]


def _files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def _exact(entry: dict[str, Any]) -> dict[str, Any]:
    """Return a flavor's entry without what names the machine that saved the model."""
    script, artifacts = entry.get("model_code_path"), entry.get("artifacts", {})
    return {
        **entry,
        "model_code_path": script and Path(script).name,
        "artifacts": {name: {**each, "uri": each["path"]} for name, each in artifacts.items()},
    }


def _check_import(project: Path, mlpack: Mlpack) -> None:
    """Import a model that was saved with an example, and build what the manifest says."""
    (project / "mlpack.yaml").unlink()
    imported = mlpack("import", "model_data/sklearn_pickle", "--write", cwd=project)
    assert imported.returncode == 0, imported.stderr
    assert "Fix this before building" not in imported.stderr
    assert "model: {saved: model_data/sklearn_pickle}" in (project / "mlpack.yaml").read_text()
    built = mlpack("build", cwd=project)
    assert built.returncode == 0, built.stderr
    assert "[0., 0.]" in built.stdout


def _near(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _near(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_near(item) for item in value]
    return value if isinstance(value, str) else pytest.approx(value, abs=1e-2)
