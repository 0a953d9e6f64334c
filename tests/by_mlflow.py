"""Predict with packages through MLflow alone: ``python by_mlflow.py PACKAGE…`` prints a JSON list.

Each runs in a process of its own, forked off after MLflow is imported: modules of several models
have the same names.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any


def predicted(package: Path) -> Any:
    """Return what the package predicts from its own example, as MLflow's server says it."""
    import mlflow.pyfunc
    from mlflow.models import Model
    from mlflow.utils.proto_json_utils import NumpyEncoder, _get_jsonable_obj

    described = Model.load(str(package))
    loaded = mlflow.pyfunc.load_model(str(package))
    example = described.load_input_example(str(package))
    found = loaded.predict(example, params=described.load_input_example_params(str(package)))
    return json.loads(json.dumps(_get_jsonable_obj(found, "records"), cls=NumpyEncoder))


def in_a_fork(package: Path, folder: Path) -> Any:
    """Predict where the example's relative URIs resolve."""
    work, answer = folder / "work", folder / "answer.json"
    shutil.rmtree(work, ignore_errors=True)
    if (package / "input_example").is_dir():
        shutil.copytree(package / "input_example", work)
    work.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        os.chdir(work)
        answer.write_text(json.dumps(predicted(package)))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{package.name} does not predict")
    return json.loads(answer.read_text())


def main(packages: list[str]) -> None:
    import mlflow.pyfunc  # noqa: F401 - once, before the forks

    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory() as name:
        found = [in_a_fork(Path(package).absolute(), Path(name)) for package in packages]
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
