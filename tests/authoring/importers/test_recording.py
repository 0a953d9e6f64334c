"""`--run`: the source's code runs with recorders in its own environment, and saves nothing."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.authoring.importers.reading import write
from tests.conftest import Mlpack
from tests.lines import LINES, environment, line_environment

pytestmark = [pytest.mark.slow, pytest.mark.network]

NEEDS = "mlflow-skinny==3.17.2\npandas\nnumpy\n"
MODEL = """
import mlflow


class Model(mlflow.pyfunc.PythonModel):
    def __init__(self, depth, names=()):
        self.depth = depth

    def predict(self, context, model_input, params=None):
        return model_input[["x"]] * self.depth
"""
SCRIPT = """
import os, shutil, sys
from pathlib import Path
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import ModelSignature
from mlflow.models.resources import DatabricksTable
from mlflow.types import ColSpec, Schema
from model_code.m import Model

HERE = Path(__file__).resolve().parent
OUT = HERE / "out" / "net"
if OUT.exists():
    shutil.rmtree(OUT)
frame = pd.DataFrame({"x": np.linspace(1, 2, 3), "note": ["a", None, "c"]})
mlflow.set_tracking_uri("http://127.0.0.1:9/")
mlflow.set_experiment("nets")
names = sys.argv[1:] or ["a"]
with mlflow.start_run() as run:
    mlflow.log_param("depth", 2)
    for name in names:
        mlflow.pyfunc.log_model(
            name=f"net-{name}",
            python_model=Model(1 + len(names), names=names),
            artifacts={"weights": str(HERE / "data" / "w.json")},
            code_paths=[str(HERE / "model_code")],
            signature=ModelSignature(Schema([ColSpec(kind, c) for kind, c in
                                             (("double", "x"), ("string", "note"))])),
            input_example=(frame.head(2), {}),
            metadata={"tags": {"name": name}},
            model_config={"name": name},
            registered_model_name="nets",
            resources=[DatabricksTable("a.b.c")],
        )
(HERE / "written.txt").write_text("by the script")
mlflow.pyfunc.load_model(str(OUT)).predict(frame).mean() + 1
"""


def script(root: Path, text: str = SCRIPT) -> Path:
    return write(
        root,
        {
            "package.py": text,
            "model_code/__init__.py": "",
            "model_code/m.py": MODEL,
            "data/w.json": "[]",
            "requirements.in": NEEDS,
            "out/net/MLmodel": "here before\n",
        },
    )


def listing(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_script_tells_what_it_would_save(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path)
    before = listing(root)
    done = mlpack("import", "package.py", "--run", "--format", "json", cwd=root)
    assert done.returncode == 0, done.stderr
    imported = json.loads(done.stdout)["imported"]
    text = imported["text"]
    assert "  init: {depth: 2, names: [a]}\n" in text
    assert "  class: model_code.m:Model\n" in text
    assert "artifacts: {weights: data/w.json}\n" in text
    assert "  inputs: [{name: x, type: double}, {name: note, type: string}]\n" in text
    assert "  dataframe_records: [{x: 1.0, note: a}, {x: 1.5, note: null}]\n" in text
    assert "tags: {name: a}\n" in text
    assert "    table: [{name: a.b.c}]\n" in text
    assert "dependencies: {file: requirements.in}\n" in text
    said = [entry["what"] for entry in imported["not_carried_over"]]
    assert "what the script logs to MLflow with log_param, set_experiment" in said
    assert "what the script does after saving" in said
    # The script removes a folder and writes a file: in a copy of the project.
    assert listing(root) == before


def test_arguments_make_variants(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path)
    done = mlpack("import", "package.py", "--run", "--", "human", "mouse", cwd=root)
    assert done.returncode == 0, done.stderr
    assert "+  init: {depth: 3, names: [human, mouse]}" in done.stdout
    assert "+  net-mouse:\n+    model_config: {name: mouse}" in done.stdout


def test_a_command_runs_as_it_says(tmp_path: Path, mlpack: Mlpack) -> None:
    text = """
    import os
    import sys
    import mlflow
    from {}m import Model
    mlflow.pyfunc.save_model(sys.argv[1], python_model=Model(int(os.environ["DEPTH"]) + 1))
    """
    files = {
        "pack/__init__.py": "", "pack/m.py": MODEL, "pack/save.py": text.format("."),
        "scripts/m.py": MODEL, "scripts/save.py": text.format(""), "requirements.in": NEEDS,
    }  # fmt: skip
    root = write(tmp_path, files)
    for words, model in (("-m pack.save", "pack.m:Model"), ("scripts/save.py", "m:Model")):
        command = ["DEPTH=3", "python3.11", *words.split(), "out/net"]
        done = mlpack("import", "--run", "--", *command, cwd=root)
        assert done.returncode == 0, done.stderr
        assert "+name: net\n" in done.stdout
        assert f"{model}, init: {{depth: 4}}" in done.stdout.replace("\n+  init", ", init")
        assert '+python: "3.11"  # from the command' in done.stdout
        assert "`DEPTH=3` in front of the command" in done.stderr


def test_a_script_that_fails_is_the_models_failure(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path, SCRIPT.replace("mlflow.set_experiment", "raise ValueError('no')\n#"))
    done = mlpack("import", "package.py", "--run", cwd=root)
    assert done.returncode == 1
    assert "Running package.py raised ValueError: no" in done.stderr
    assert "bug" not in done.stderr


def test_a_script_that_saves_nothing_when_run(tmp_path: Path, mlpack: Mlpack) -> None:
    text = "import mlflow, sys\nif len(sys.argv) > 5:\n    mlflow.pyfunc.save_model('x')\n"
    done = mlpack("import", "package.py", "--run", cwd=script(tmp_path, text))
    assert done.returncode == 2
    assert "does not save a pyfunc model when it is run" in done.stderr


def test_without_requirements_nothing_can_run(tmp_path: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path)
    (root / "requirements.in").unlink()
    done = mlpack("import", "package.py", "--run", cwd=root)
    assert done.returncode == 2
    assert "needs packages to run, but no dependencies are specified" in done.stderr


def test_a_computed_spec_is_read(tmp_path: Path, mlpack: Mlpack) -> None:
    spec = """
    from pathlib import Path
    import pandas as pd
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from model_code.m import Model
    NAMES = Path(__file__).with_name("names").read_text().split()
    COLUMNS = [ColSpec("double", name) for name in NAMES]
    MODEL_SIGNATURE = ModelSignature(Schema(COLUMNS), Schema(COLUMNS[:1]))
    INPUT_EXAMPLE = (pd.DataFrame({c.name: [1.0] for c in COLUMNS}), None)
    """
    metadata = "model_name: m\nflags: --model-class model_code.m:Model\n"
    files = {
        "model_spec.py": spec, "names": "x z\n", "packaging_metadata.yaml": metadata,
        "model_code/__init__.py": "", "model_code/m.py": MODEL, "requirements.in": NEEDS,
    }  # fmt: skip
    root = write(tmp_path, files)
    done = mlpack("import", ".", cwd=root)
    assert "+signature: model_spec.py:MODEL_SIGNATURE  # computed there" in done.stdout
    ran = mlpack("import", ".", "--run", cwd=root)
    assert ran.returncode == 1, "None is not a mapping of params"
    spec_text = (root / "model_spec.py").read_text().replace(", None)", ", {})")
    (root / "model_spec.py").write_text(spec_text)
    ran = mlpack("import", ".", "--run", cwd=root)
    assert ran.returncode == 0, ran.stderr
    assert "+  inputs: [{name: x, type: double}, {name: z, type: double}]" in ran.stdout
    assert "+  dataframe_records: [{x: 1.0, z: 1.0}]" in ran.stdout


@pytest.mark.parametrize("line", LINES)
def test_recorders_stand_under_each_line_of_mlflow(line: str, tmp_path: Path, cache: Path) -> None:
    from mlpack.adapters.models import WorkerModels
    from mlpack.ports import Isolation, RecordRequest

    root = script(tmp_path, SCRIPT.replace("name=f", "artifact_path=f"))
    request = RecordRequest(folder=root, script="package.py")
    told = WorkerModels().examine(line_environment(cache, line), request, Isolation(), root)
    (call,) = told["calls"]
    assert call["class"] == "model_code.m:Model"
    assert call["init"] == {"depth": 2, "names": ["a"]}
    assert call["code_paths"] == ["model_code"]
    assert call["artifact_path"] == "net-a"


STORE = """
import sys
import mlflow
from model_code.m import Model
mlflow.set_tracking_uri(sys.argv[1])
with mlflow.start_run() as run:
    mlflow.pyfunc.log_model(
        artifact_path="net", python_model=Model(2), code_paths=["model_code"],
        artifacts={"w": "data/w.json"}, registered_model_name="nets",
        pip_requirements=["mlflow-skinny==3.17.2", "pandas", "numpy"],
    )
print(run.info.run_id)
"""


def test_models_of_a_local_store_are_fetched(tmp_path: Path, cache: Path, mlpack: Mlpack) -> None:
    root = script(tmp_path, STORE)
    tracking = f"sqlite:///{tmp_path / 'mlflow.db'}"
    python = environment(cache, ("mlflow==3.17.2",)).python
    logged = subprocess.run(
        [python, "package.py", tracking], cwd=root, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    run = logged.stdout.split()[-1]
    for uri in ("models:/nets/1", f"runs:/{run}/net"):
        done = mlpack(
            "import", uri, "-o", "fetched", "--write", "--force", cwd=root,
            env={"MLFLOW_TRACKING_URI": tracking},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "model: {saved: model_data/m" in done.stdout
        (saved,) = (root / "fetched" / "model_data").iterdir()
        assert (saved / "artifacts" / "w.json").read_text() == "[]"
        assert (saved / "code" / "model_code" / "m.py").is_file()
        assert str(tmp_path) not in (root / "fetched" / "mlpack.yaml").read_text()
    # The store of the working folder is found without the variable.
    found = mlpack("import", "models:/nets/1", cwd=root, env={"MLFLOW_TRACKING_URI": ""})
    assert found.returncode == 0, found.stderr
    offline = mlpack("import", "--offline", "models:/nets/1", cwd=root)
    assert offline.returncode == 2
    assert "models:/nets/1 must be downloaded, but --offline is set" in offline.stderr
    gone = mlpack("import", "models:/gone/1", cwd=root, env={"MLFLOW_TRACKING_URI": tracking})
    assert gone.returncode == 1
    assert "models:/gone/1 cannot be fetched" in gone.stderr
