"""Load each package as its own flavor and as a pyfunc; write what it is and what it predicts."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any

import mlflow
import numpy as np
import pandas as pd

FLAVORS = {"sklearn_pickle": "sklearn", "torch": "pytorch"}


def plain(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return value.to_dict("list")
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return np.asarray(value).tolist()


def own(name: str, package: str) -> str:
    """Return the class of what the flavor's own loader gives; a pyfunc has no other."""
    if name in ("loader", "code", "pickled"):
        return (
            type(mlflow.pyfunc.load_model(package).unwrap_python_model()).__name__
            if name != "loader"
            else ""
        )
    flavor = importlib.import_module(f"mlflow.{FLAVORS.get(name, name)}")
    return type(flavor.load_model(package)).__name__


found = {}
for name in sys.argv[1:]:
    package = f"dist/flavors-{name}"
    model, before = (mlflow.pyfunc.load_model(path) for path in (package, f"model_data/{name}"))
    given = model.input_example
    same = plain(model.predict(given)) == plain(before.predict(given))
    found[name] = [own(name, package), same, plain(model.predict(given))]
print(json.dumps(found))
