"""Files that are trained now become packages: ``init --from FILE``, ``build``, and nothing between.

Each package then predicts what its framework predicted when it saved the file.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.authoring.files.trained import trained
from tests.conftest import Mlpack
from tests.examples.test_examples import needs_torch

pytestmark = [pytest.mark.slow, pytest.mark.network]

WHOLE = {
    "labels.joblib": "sklearn",
    "forest.pkl": "sklearn",
    "xgb.ubj": "xgboost",
    "lgb.txt": "lightgbm",
    "cat.cbm": "catboost",
    "labels.onnx": "onnx",
    "net.keras": "keras",
}
"""Files that tell enough."""
GUESSED = ("script.pt",)
"""Files of which a signature is guessed, well for the networks here."""
WEIGHTS = ("weights.pt", "weights.safetensors")
"""Files that lack the architecture."""
NETWORK = """    return torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1)
    )
"""


def started(kind: str, name: str, cache: Path, root: Path, mlpack: Mlpack) -> Any:
    """Start a project from a file; return the row that is expected, and what comes of it."""
    folder = trained(kind, cache)
    shutil.copy(folder / name, root)
    done = mlpack("init", "--name", "net", "--python", "3.11", "--from", name, cwd=root)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / f"{name}.expected.json").read_text())


def built(root: Path, mlpack: Mlpack) -> None:
    done = mlpack("build", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dist/net built" in done.stdout


def predicted(root: Path, rows: list[Any], mlpack: Mlpack) -> list[Any]:
    is_table = isinstance(rows[0], dict)
    payload = {"dataframe_records": rows} if is_table else {"inputs": rows}
    (root / "in.json").write_text(json.dumps(payload))
    done = mlpack("predict", "dist/net", "-i", "in.json", "-o", "out.json", cwd=root)
    assert done.returncode == 0, done.stderr
    return list(_values(json.loads((root / "out.json").read_text())))


def _values(found: Any) -> Iterator[Any]:
    """Yield all values of predictions, in whatever form they are."""
    if isinstance(found, dict):
        for each in found.values():
            yield from _values(each)
    elif isinstance(found, list):
        for each in found:
            yield from _values(each)
    else:
        yield found


def same(found: list[Any], expected: Any) -> bool:
    return found == [
        each if isinstance(each, str) else pytest.approx(each, rel=1e-4, abs=1e-5)
        for each in _values(expected)
    ]


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_is_a_package_without_editing(
    name: str, cache: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    expected = started(WHOLE[name], name, cache, tmp_path, mlpack)
    built(tmp_path, mlpack)
    assert same(predicted(tmp_path, expected["rows"], mlpack), expected["predicted"])


@needs_torch
@pytest.mark.torch
@pytest.mark.parametrize("name", GUESSED)
def test_a_network_with_its_code_is_a_package(
    name: str, cache: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    expected = started("torch", name, cache, tmp_path, mlpack)
    built(tmp_path, mlpack)
    assert same(predicted(tmp_path, expected["rows"], mlpack), expected["predicted"])


@needs_torch
@pytest.mark.torch
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_need_their_architecture(
    name: str, cache: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    expected = started("torch", name, cache, tmp_path, mlpack)
    if name == WEIGHTS[0]:
        done = mlpack("build", cwd=tmp_path)
        assert done.returncode == 1
        assert "make_network: return the network" in done.stderr
    (code,) = tmp_path.glob("*_model.py")
    before, mark, _ = code.read_text().partition("    # TODO: the architecture")
    _, raises, after = code.read_text().partition('as Net()")\n')
    assert mark and raises
    code.write_text(before + NETWORK + after)
    built(tmp_path, mlpack)
    assert same(predicted(tmp_path, expected["rows"], mlpack), expected["predicted"])


def test_in_a_folder_with_scripts_and_data(cache: Path, tmp_path: Path, mlpack: Mlpack) -> None:
    (tmp_path / "train.py").write_text("from sklearn.svm import SVC\n")
    (tmp_path / "explore.ipynb").write_text('{"cells": [], "nbformat": 4}')
    (tmp_path / "requirements.txt").write_text("scikit-learn\nmatplotlib\n")
    (tmp_path / "train.csv").write_text("height,width,color,weight\n1.5,2.5,green,0\n1,1,red,1\n")
    expected = started("sklearn", "columns.joblib", cache, tmp_path, mlpack)
    assert "# The first rows of train.csv." in (tmp_path / "mlpack.yaml").read_text()
    built(tmp_path, mlpack)
    assert "matplotlib" not in (tmp_path / "dist/net/requirements.txt").read_text()
    assert same(predicted(tmp_path, expected["rows"], mlpack), expected["predicted"])
