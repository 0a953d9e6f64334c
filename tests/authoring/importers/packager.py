"""A packaging script of the usual kind, written by hand: what mlpack's packages are held against.

Run inside a packaging folder, in an environment with MLflow.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from pathlib import Path

import mlflow.pyfunc
import model_spec  # found beside the script that is run


def pairs(items: list[str]) -> dict[str, str]:
    return dict(item.split("=", 1) for item in items)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model-class", required=True)
    parser.add_argument("--artifact", action="append", default=[])
    parser.add_argument("--model-config-json", type=json.loads, default={})
    parser.add_argument("--model-tag", action="append", default=[])
    parser.add_argument("--json-payload-filepath")
    parser.add_argument("--artifact-dir-path", required=True)
    parser.add_argument("--skip-inference", action="store_true")
    given, _ = parser.parse_known_args()
    module, _, name = given.model_class.partition(":")
    cls = getattr(importlib.import_module(module), name)
    requirements = Path("requirements.in").read_text().split()
    mlflow.pyfunc.save_model(
        path=given.artifact_dir_path,
        python_model=cls(given.model_config_json),
        artifacts={key: f"model_data/{path}" for key, path in pairs(given.artifact).items()},
        code_paths=["model_code"],
        signature=model_spec.MODEL_SIGNATURE,
        input_example=model_spec.INPUT_EXAMPLE,
        model_config=given.model_config_json,
        metadata={"tags": pairs(given.model_tag)},
        pip_requirements=requirements,
    )


if __name__ == "__main__":
    sys.path.insert(0, ".")
    main()
