"""Packages as MLflow itself writes them, with nothing of the building machine in them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.adapters.models import WorkerModels
from mlpack.core.digest import tree_digest
from mlpack.ports import Environment, ExampleData, Isolation, PredictRequest, SaveRequest
from tests.adapters.models.conftest import PROJECTS, SIGNATURE, scaler_request
from tests.lines import LINES, environment, line_environment

pytestmark = [pytest.mark.slow, pytest.mark.network]

BY_HAND = """
import json, sys
import mlflow
import pandas as pd
from mlflow.models import ModelSignature
out, code, artifact, signature, mode = sys.argv[1:]
sys.path.insert(0, code)
from scaling.model import Scaler
model = Scaler(scale=2.5, labels=["x", "y", "z"], options={"b": [1, None], "a": True})
Scaler.load_context = lambda self, context: None
mlflow.pyfunc.save_model(
    out,
    python_model=model if mode == "pickle" else sys.argv[1] + ".py",
    artifacts={"offset": artifact},
    signature=ModelSignature.from_dict(
        {k: json.dumps(v) for k, v in json.loads(signature).items()}
    ),
    input_example=(pd.DataFrame({"a": [1], "b": [2.0]}), {"times": 2}),
    code_paths=[code + "/scaling", code + "/save.py"],
    pip_requirements=["mlflow"],
    metadata={"tags": {"team": "scales"}},
    model_config={"unit": "mm"},
)
"""


def mlmodel(package: Path) -> dict[str, Any]:
    return yaml.safe_load((package / "MLmodel").read_text())  # type: ignore[no-any-return]


def place_artifact(package: Path) -> None:
    (package / "artifacts").mkdir()
    (package / "artifacts" / "offset.json").write_text("0.5")


@pytest.mark.parametrize("mode", ["code", "pickle"])
@pytest.mark.parametrize("line", LINES)
def test_a_package_predicts_and_is_the_same_from_anywhere(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, mode: str
) -> None:
    env = line_environment(cache, line)
    stages = [tmp_path / "one", tmp_path / "another" / "and" / "deeper"]
    digests = []
    for seed, stage in enumerate(stages):
        monkeypatch.setenv("PYTHONHASHSEED", str(seed + 5))
        monkeypatch.setenv("TZ", ["UTC", "Asia/Tokyo"][seed])
        (stage / "scratch").mkdir(parents=True)
        before = os.umask([0o022, 0o077][seed])
        try:
            request = scaler_request(stage, serialization=mode)
            saved = WorkerModels(stage / "scratch").save(env, request, Isolation())
        finally:
            os.umask(before)
        digests.append(tree_digest(request.destination).digest)
    assert digests[0] == digests[1]
    assert saved.mlflow_version == line
    assert saved.signature == SIGNATURE

    place_artifact(request.destination)
    work = tmp_path / "work"
    work.mkdir()
    prediction = WorkerModels(tmp_path).predict(
        env,
        PredictRequest(package=request.destination, workdir=work, infer_signature=True),
        Isolation(),
    )
    assert prediction.summary == "float32 (1, 2)"
    assert prediction.preview == "[[ 5.5, 10.5]]"
    assert prediction.peak_memory > 50_000_000
    assert prediction.signature is not None
    assert prediction.signature["inputs"][0] == SIGNATURE["inputs"][0]
    assert list(work.iterdir()) == []
    assert not list(request.destination.rglob("__pycache__"))


@pytest.mark.parametrize("mode", ["code", "pickle"])
@pytest.mark.parametrize("line", LINES)
def test_the_package_is_what_mlflow_writes_but_for_the_pins(
    cache: Path, tmp_path: Path, models: WorkerModels, line: str, mode: str
) -> None:
    env = line_environment(cache, line)
    request = scaler_request(tmp_path, serialization=mode)
    models.save(env, request, Isolation())
    by_hand = save_by_hand(env, tmp_path, request, mode)

    place_artifact(request.destination)
    ours, theirs = mlmodel(request.destination), mlmodel(by_hand)
    flavor, other = (m["flavors"]["python_function"] for m in (ours, theirs))
    assert files(request.destination) == files(by_hand)
    assert set(ours) == set(theirs)
    assert {key for key in ours if ours[key] != theirs[key]} <= {
        "flavors",
        "model_uuid",
        "utc_time_created",
    }
    assert set(flavor) == set(other)
    assert {key for key in flavor if flavor[key] != other[key]} <= {
        "artifacts",
        "cloudpickle_version",
        "model_code_path",
        "python_version",
    }
    assert flavor["artifacts"] == {
        "offset": {"path": "artifacts/offset.json", "uri": "artifacts/offset.json"}
    }
    for name in ("input_example.json", "serving_input_example.json"):
        assert (request.destination / name).read_bytes() == (by_hand / name).read_bytes()


def save_by_hand(env: Environment, tmp_path: Path, request: SaveRequest, mode: str) -> Path:
    """Save the same model with a script of one's own, as packagers do without mlpack."""
    artifact = tmp_path / "offset.json"
    artifact.write_text("0.5")
    if mode == "code":
        (tmp_path / "mlpack_model.py").write_bytes(
            (request.destination / "mlpack_model.py").read_bytes()
        )
    script = BY_HAND.replace('sys.argv[1] + ".py"', repr(str(tmp_path / "mlpack_model.py")))
    by_hand = tmp_path / "by-hand"
    arguments = [by_hand, tmp_path / "code", artifact, json.dumps(SIGNATURE), mode]
    done = subprocess.run(
        [env.python, "-c", script, *arguments],
        cwd=tmp_path,
        env={"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return by_hand


def files(package: Path) -> set[str]:
    return {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}


def test_versions_come_from_the_lock(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = scaler_request(tmp_path)
    models.save(newest, request, Isolation())
    package = request.destination
    flavor = mlmodel(package)["flavors"]["python_function"]
    conda = yaml.safe_load((package / "conda.yaml").read_text())
    python_env = yaml.safe_load((package / "python_env.yaml").read_text())
    assert flavor["python_version"] == "3.11.99"
    assert flavor["cloudpickle_version"] == "2.9.9"
    assert conda["dependencies"] == ["python=3.11.99", "pip", {"pip": list(request.requirements)}]
    assert python_env["python"] == "3.11.99"
    assert python_env["build_dependencies"] == ["pip", "setuptools==81.0.0", "wheel"]
    lines = (package / "requirements.txt").read_text()
    assert lines == "\n".join(request.requirements) + "\n"
    assert mlmodel(package)["utc_time_created"] == "2023-11-14 22:13:20.000000"
    for path in package.rglob("*"):
        if path.is_file():
            assert str(tmp_path).encode() not in path.read_bytes(), path


def test_mlflow_skinny_keeps_its_hash(cache: Path, tmp_path: Path, models: WorkerModels) -> None:
    env = environment(cache, ("mlflow-skinny==3.17.2", "numpy", "pandas"))
    lines = ("mlflow-skinny==3.17.2 --hash=sha256:" + "0" * 64,)
    request = scaler_request(tmp_path, requirements=lines)
    models.save(env, request, Isolation())
    assert (request.destination / "requirements.txt").read_text() == lines[0] + "\n"
    conda = yaml.safe_load((request.destination / "conda.yaml").read_text())
    assert conda["dependencies"][-1] == {"pip": list(lines)}


@pytest.mark.parametrize("line", LINES)
def test_type_hints_neither_win_nor_run_the_model(
    cache: Path, tmp_path: Path, models: WorkerModels, line: str
) -> None:
    signature = {
        "inputs": [{"type": "string", "required": True}],
        "outputs": [{"type": "string", "required": True}],
        "params": [{"name": "times", "type": "long", "default": 1, "shape": None}],
    }
    request = scaler_request(
        tmp_path,
        module="hinted",
        qualname="Hinted",
        init={},
        code_paths=(PROJECTS / "hinted" / "hinted.py",),
        serialization="pickle",
        signature=signature,
        example=ExampleData(kind="inputs", value=["a", "b"], params={"times": 3}),
        artifacts={},
        artifact_bytes=0,
    )
    env = line_environment(cache, line)
    saved = models.save(env, request, Isolation())
    model = mlmodel(request.destination)
    assert saved.signature == signature
    assert saved.warnings == ()
    assert (model["is_signature_from_type_hint"], model["type_hint_from_example"]) == (False, False)
    # Weights that load_context loads must not be in the pickle.
    assert (request.destination / "python_model.pkl").stat().st_size < 1000
    predicted = models.predict(
        env, PredictRequest(package=request.destination, workdir=tmp_path), Isolation()
    )
    assert predicted.preview == "['A', 'B']"


def test_the_script_constructs_with_literals(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = scaler_request(tmp_path, init={"scale": 0.1, "options": {"é": "\u2028", "a": [None]}})
    models.save(newest, request, Isolation())
    text = (request.destination / "mlpack_model.py").read_text(encoding="ascii")
    assert text.endswith(
        "mlflow.models.set_model(\n    Scaler(\n"
        "        options={'a': [None], '\\xe9': '\\u2028'},\n        scale=0.1,\n    )\n)\n"
    )


def test_the_configuration_is_the_one_argument(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = scaler_request(
        tmp_path,
        qualname="FromConfig",
        init={},
        init_from_config=True,
        signature={**SIGNATURE, "outputs": [{"type": "string", "required": True}]},
    )
    models.save(newest, request, Isolation())
    prediction = models.predict(
        newest, PredictRequest(package=request.destination, workdir=tmp_path), Isolation()
    )
    assert (prediction.summary, prediction.preview) == ("list of 1", "['mm']")


def test_a_nested_class_and_a_signature_from_a_file(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = scaler_request(
        tmp_path,
        qualname="Outer.Inner",
        init={},
        signature=None,
        signature_file=(PROJECTS / "scaler" / "spec.py", "SIGNATURE"),
        example=ExampleData(kind="dataframe_split", value={"columns": ["a"], "data": [[4]]}),
        artifacts={},
    )
    saved = models.save(newest, request, Isolation())
    assert saved.signature is not None
    assert [column["type"] for column in saved.signature["inputs"]] == ["long", "double"]
    assert mlmodel(request.destination)["is_signature_from_type_hint"] is False
    prediction = models.predict(
        newest, PredictRequest(package=request.destination, workdir=tmp_path), Isolation()
    )
    assert prediction.summary == "DataFrame 1 × 1"  # noqa: RUF001


def test_without_a_signature_one_can_be_inferred(
    newest: Environment, tmp_path: Path, models: WorkerModels
) -> None:
    request = scaler_request(tmp_path, signature=None)
    assert models.save(newest, request, Isolation()).signature is None
    place_artifact(request.destination)
    asked = PredictRequest(
        package=request.destination, workdir=tmp_path, check_output=False, infer_signature=True
    )
    found = models.predict(newest, asked, Isolation()).signature
    assert found is not None
    assert re.sub(r"\W+", " ", json.dumps(found["inputs"])).count("type") == 2
    assert found["outputs"][0]["tensor-spec"] == {"dtype": "float32", "shape": [-1, 2]}
    assert found["params"][0]["name"] == "times"


COLUMNS = {
    "boolean": (True, "bool True"),
    "integer": (7, "int32 7"),
    "long": (2**40, "int64 1099511627776"),
    "float": (1, "float32 1.0"),
    "double": (0.1, "float64 0.1"),
    "string": ("007", "str '007'"),
    "binary": ("aGk=", "bytes b'hi'"),
    "datetime": ("2026-11-24T08:00:00.5+02:00", "datetime64[ns] 2026-11-24 06:00:00.500000"),
}


@pytest.mark.parametrize("line", LINES)
def test_every_column_type_arrives_as_declared(
    cache: Path, tmp_path: Path, models: WorkerModels, line: str
) -> None:
    inputs = [{"name": kind, "type": kind, "required": True} for kind in COLUMNS]
    inputs += [
        {"name": "array", "type": "array", "items": {"type": "double"}, "required": True},
        {"name": "map", "type": "map", "values": {"type": "long"}, "required": True},
        {"name": "gap", "type": "double", "required": True},
        {"name": "left_out", "type": "long", "required": False},
    ]
    row = {kind: value for kind, (value, _) in COLUMNS.items()}
    within = {"array": [3], "map": {"a": 2.0}}
    example = ExampleData(kind="dataframe_records", value=[{**row, **within, "gap": None}])
    found = typed(line_environment(cache, line), tmp_path, models, inputs, example)
    said = [f"{kind}: {text}" for kind, (_, text) in COLUMNS.items()]
    # MLflow 2.20 hands arrays over as lists of NumPy's numbers, and all lines maps so.
    plain = [re.sub(r"np\.\w+\(([\d.]+)\)", r"\1", text) for text in found]
    assert plain == [*said, "array: list [3.0]", "map: dict {'a': 2}", "gap: float64 nan"]


@pytest.mark.parametrize("line", LINES)
def test_tensors_arrive_as_declared(
    cache: Path, tmp_path: Path, models: WorkerModels, line: str
) -> None:
    inputs = [
        {"name": name, "type": "tensor", "tensor-spec": {"dtype": name, "shape": [-1, 2]}}
        for name in ("uint8", "float32", "bool", "bytes", "complex64")
    ]
    value = {
        "uint8": [[1, 2]],
        "float32": [[None, 1]],
        "bool": [[True, False]],
        "bytes": [["aGk=", ""]],
        "complex64": [["1+2j", 1]],
    }
    found = typed(
        line_environment(cache, line),
        tmp_path,
        models,
        inputs,
        ExampleData(kind="inputs", value=value),
    )
    assert found == [
        "uint8: uint8 1",
        "float32: float32 nan",
        "bool: bool True",
        "bytes: |S4 b'aGk='",
        "complex64: complex64 (1+2j)",
    ]


def typed(
    env: Environment,
    tmp_path: Path,
    models: WorkerModels,
    inputs: list[dict[str, Any]],
    example: ExampleData,
) -> list[str]:
    """Save and run the model that says what its input is."""
    request = scaler_request(
        tmp_path,
        module="typed",
        qualname="Typed",
        init={},
        code_paths=(PROJECTS / "typed" / "typed.py",),
        signature={"inputs": inputs, "outputs": [{"type": "string", "required": True}]},
        example=example,
        artifacts={},
    )
    models.save(env, request, Isolation())
    result = tmp_path / "result.json"
    models.predict(
        env,
        PredictRequest(package=request.destination, workdir=tmp_path, result_file=result),
        Isolation(),
    )
    return json.loads(result.read_text())["predictions"]  # type: ignore[no-any-return]
