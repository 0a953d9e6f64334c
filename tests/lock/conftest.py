"""Requests as a manifest's dependencies make them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from mlpack.lock.request import ResolveRequest, request_for
from mlpack.manifest.reading import read

Ask = Callable[..., ResolveRequest]

MODEL = """
import mlflow.pyfunc

class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input): ...
"""
MANIFEST = """
mlpack: 1
name: doubler
version: "1.0"
model: model:Doubler
signature:
  inputs: [{name: x, type: double}]
  outputs: [{name: x, type: double}]
input_example:
  dataframe_records: [{x: 1.5}]
python: "3.11"
"""


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Write ``dependencies`` and files; return what is asked of the resolver."""

    def make(dependencies: str, **files: str) -> ResolveRequest:
        (tmp_path / "model.py").write_text(MODEL)
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        (tmp_path / "mlpack.yaml").write_text(f"{MANIFEST}dependencies: {dependencies}\n")
        (variant,) = read(tmp_path / "mlpack.yaml").variants
        return request_for(variant)

    return make
