"""MLflow model folders written by hand, for tests in which MLflow itself is not the point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from mlpack.core.digest import sha256_bytes, tree_digest
from mlpack.lock.model import LockedPackage
from mlpack.package.record import BuildFacts, record_path, record_text

COLUMNS = [{"name": "x", "type": "double", "required": True}]


def mlmodel(**more: Any) -> dict[str, Any]:
    """Return the content of an ``MLmodel`` that mlpack could have written."""
    return {
        "flavors": {
            "python_function": {
                "artifacts": {
                    "vocab": {"path": "artifacts/vocab.json", "uri": "artifacts/vocab.json"}
                },
                "loader_module": "mlflow.pyfunc.loaders.code_model",
                "model_code_path": "mlpack_model.py",
                "python_version": "3.11.7",
            }
        },
        "metadata": {
            "license": "MIT",
            "tags": {"team": "cells"},
            "mlpack": {"name": "doubler", "version": "1.0", "description": "Doubles."},
        },
        "mlflow_version": "3.17.2",
        "model_uuid": "0" * 32,
        "signature": {
            "inputs": json.dumps(COLUMNS),
            "outputs": json.dumps(COLUMNS),
            "params": None,
        },
        "utc_time_created": "2023-11-14 22:13:20.000000",
        **more,
    }


FILES: dict[str, bytes] = {
    "requirements.txt": (
        b"--extra-index-url https://wheels.example.org/simple\n"
        + f"mlflow-skinny==3.17.2 --hash=sha256:{'1' * 64} --hash=sha256:{'2' * 64}\n".encode()
        + f"numpy==2.1.0 --hash=sha256:{'3' * 64}\n".encode()
    ),
    "conda.yaml": b"name: env\ndependencies:\n- python=3.11.7\n- pip\n- pip: [numpy==2.1.0]\n",
    "python_env.yaml": b"python: 3.11.7\ndependencies: [-r requirements.txt]\n",
    "mlpack_model.py": b"import mlflow.models\nfrom m.code import Doubler\nset_model(Doubler())\n",
    "code/m/__init__.py": b"",
    "code/m/code.py": b"class Doubler:\n    factor = 2\n",
    "artifacts/vocab.json": b'{"a": 1, "b": [1, 2, 3]}\n',
    "input_example.json": b'{"columns": ["x"], "data": [[1.5]]}\n',
}


def write_package(
    folder: Path, changes: Mapping[str, bytes | None] | None = None, **more: Any
) -> Path:
    """Write a package; ``changes`` replaces, adds or (``None``) leaves out files."""
    content = yaml.safe_dump(mlmodel(**more)).encode()
    for name, text in {**FILES, "MLmodel": content, **(changes or {})}.items():
        if text is not None:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
    return folder


def write_record(package: Path, **more: Any) -> Path:
    """Write the record of a package as it stands."""
    facts: dict[str, Any] = {
        "manifest": "mlpack.yaml",
        "manifest_digest": sha256_bytes(b"manifest"),
        "lock": "mlpack.lock",
        "lock_digest": sha256_bytes(b"lock"),
        "name": "doubler",
        "version": "1.0",
        "variant": None,
        "model_class": "m.code:Doubler",
        "serialization": "code",
        "python": "3.11.7",
        "build_time": 1_700_000_000,
        "builder_version": "1.2.3",
        "packages": (
            LockedPackage(name="numpy", version="2.1.0", marker=None, sha256=("3" * 64,)),
        ),
        "commit": "d" * 40,
        **more,
    }
    path = record_path(package)
    path.write_bytes(record_text(BuildFacts(**facts), tree_digest(package)))
    return path
