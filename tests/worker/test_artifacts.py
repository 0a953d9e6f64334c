"""What wrote a pickle is read from its bytes, and nothing in it is loaded."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from mlpack._worker.causes import writers
from tests.conftest import ROOT

SCALER = ROOT / "tests/cases/build/numpy2-pickle-125/model_data/scaler.pkl"
STATE = pickle.dumps([{"_sklearn_version": "1.3.2", "n": 1}, "1.4"])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (SCALER.read_bytes(), ["NumPy 2 or later"]),
        (STATE, ["scikit-learn 1.3.2"]),
        (
            STATE[:-1] + b"\xff bare bytes of an array, as joblib writes them",
            ["scikit-learn 1.3.2"],
        ),
        (pickle.dumps({"version": "1.0"}), []),
        (b"x,y\n1,2\n", []),
        (b"", []),
    ],
    ids=["numpy", "sklearn", "joblib", "plain", "csv", "empty"],
)
def test_a_pickle_says_what_wrote_it(tmp_path: Path, content: bytes, found: list[str]) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(content)
    assert writers(path) == found


def test_what_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert writers(tmp_path / "gone.pkl") == []
