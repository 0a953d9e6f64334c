"""What each kind of file tells, read from real files; none is loaded, and no framework is here."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import pickle
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

import mlpack
from mlpack.authoring.files import ModelFile, read_model_file
from mlpack.authoring.files.model import Column, Tensor
from mlpack.authoring.files.suspicion import suspicious
from mlpack.core.errors import ManifestError, UsageError
from tests.authoring.files.trained import MODELS
from tests.conftest import ROOT, Mlpack

WIDTHS = ("width", "height", "weight")
ARRAY = (Tensor(dtype="float64", shape=(-1, 3)),)
FLOATS = (Tensor(dtype="float32", shape=(-1, 3)),)
TOLD = {
    "labels.joblib": (
        "scikit-learn 1.7.2 wrote labels.joblib: Pipeline of StandardScaler and "
        "LogisticRegression.",
        dict.fromkeys(WIDTHS, "double"),
        {"prediction": "string"},
        ["scikit-learn==1.7.2", "joblib>=1.2", "numpy>=2"],
    ),
    "columns.joblib": (
        "scikit-learn 1.7.2 wrote columns.joblib: Pipeline of ColumnTransformer and "
        "LinearRegression.",
        {**dict.fromkeys(WIDTHS, "double"), "color": "string"},
        {"prediction": "double"},
        ["scikit-learn==1.7.2", "joblib>=1.2", "numpy>=2"],
    ),
    "forest.pkl": (
        "scikit-learn 1.7.2 wrote forest.pkl: RandomForestRegressor.",
        ARRAY,
        {"prediction": "double"},
        ["scikit-learn==1.7.2", "joblib>=1.2", "numpy>=2"],
    ),
    "xgb.joblib": (
        "xgb.joblib is a pickle: XGBClassifier.",
        dict.fromkeys(WIDTHS, "double"),
        {"prediction": "long"},
        ["scikit-learn", "joblib>=1.2", "xgboost==3.2.0"],
    ),
    "lgb.joblib": (
        "lgb.joblib is a pickle: LGBMRegressor.",
        {**dict.fromkeys(WIDTHS, "double"), "color": "string"},
        {"prediction": "double"},
        ["scikit-learn", "joblib>=1.2", "lightgbm"],
    ),
    "cat.joblib": (
        "cat.joblib is a pickle: CatBoostClassifier.",
        {**dict.fromkeys(WIDTHS, "double"), "color": "string"},
        {"prediction": "string"},
        ["joblib>=1.2", "numpy>=2", "catboost==1.2.10"],
    ),
    "xgb.json": (
        "XGBoost 3.2.0 wrote xgb.json, with the objective binary:logistic.",
        dict.fromkeys(WIDTHS, "double"),
        {"prediction": "float"},
        ["xgboost~=3.2"],
    ),
    "xgb.ubj": (
        "XGBoost 3.2.0 wrote xgb.ubj, with the objective binary:logistic.",
        dict.fromkeys(WIDTHS, "double"),
        {"prediction": "float"},
        ["xgboost~=3.2"],
    ),
    "three.ubj": (
        "XGBoost 3.2.0 wrote three.ubj, with the objective multi:softprob.",
        ARRAY,
        FLOATS,
        ["xgboost~=3.2"],
    ),
    "lgb.txt": (
        "LightGBM wrote lgb.txt (format v4): regression.",
        {**dict.fromkeys(WIDTHS, "double"), "color": "string"},
        {"prediction": "double"},
        ["lightgbm>=4,<5"],
    ),
    "cat.cbm": (
        "CatBoost 1.2.10 wrote cat.cbm, with the loss function Logloss.",
        {**dict.fromkeys(WIDTHS, "double"), "color": "string"},
        {"prediction": "string"},
        ["catboost~=1.2.10"],
    ),
    "line.onnx": (
        "skl2onnx 1.20.0 wrote line.onnx, an ONNX model.",
        FLOATS,
        (Tensor(dtype="float32", shape=(-1, 1)),),
        ["onnxruntime>=1.18"],
    ),
    "labels.onnx": (
        "skl2onnx 1.20.0 wrote labels.onnx, an ONNX model.",
        dict.fromkeys(WIDTHS, "float"),
        {"prediction": "string"},
        ["onnxruntime>=1.18"],
    ),
    "both.onnx": (
        "skl2onnx 1.20.0 wrote both.onnx, an ONNX model.",
        FLOATS,
        (
            Tensor(name="label", dtype="int64", shape=(-1,)),
            Tensor(name="probabilities", dtype="float32", shape=(-1, 2)),
        ),
        ["onnxruntime>=1.18"],
    ),
    "net.keras": (
        "Keras 3.15.1 wrote net.keras: Sequential.",
        FLOATS,
        (Tensor(dtype="float32", shape=(-1, 2)),),
        ["keras~=3.15", "jax"],
    ),
    **{
        name: (says, FLOATS, (Tensor(dtype="float32", shape=(-1, 1)),), needs)
        for name, says, needs in (
            ("weights.pt", "PyTorch wrote weights.pt, the weights of a network.", ["numpy"]),
            ("older.pt", "PyTorch wrote older.pt, the weights of a network.", ["numpy"]),
            (
                "checkpoint.pth",
                "PyTorch wrote checkpoint.pth, the weights of a network.",
                ["numpy"],
            ),
            ("whole.pt", "PyTorch wrote whole.pt, a whole Sequential.", ["numpy"]),
            ("script.pt", "script.pt is a TorchScript model, with its code.", ["numpy"]),
            (
                "weights.safetensors",
                "weights.safetensors contains 4 tensors.",
                ["safetensors", "numpy"],
            ),
        )
    },
}
TORCH = {"weights.pt", "older.pt", "checkpoint.pth", "whole.pt", "script.pt", "weights.safetensors"}


def read(path: Path) -> ModelFile:
    return read_model_file(path, path.parent)


def told(fields: tuple[Column, ...] | tuple[Tensor, ...]) -> object:
    if all(isinstance(each, Column) for each in fields):
        return {each.name: each.type for each in fields if isinstance(each, Column)}
    return fields


def test_each_file_here_is_told() -> None:
    assert {path.name for path in MODELS.iterdir()} == set(TOLD)


@pytest.mark.parametrize("name", TOLD)
def test_what_a_file_tells(name: str) -> None:
    says, inputs, outputs, needs = TOLD[name]
    found = read(MODELS / name)
    assert (found.says, told(found.inputs), told(found.outputs)) == (says, inputs, outputs)
    assert [each.requirement for each in found.needs] == needs
    assert found.torch == (name in TORCH)
    assert not found.suspicious


@pytest.mark.parametrize("name", TOLD)
def test_the_project_of_a_file_validates(name: str, tmp_path: Path) -> None:
    shutil.copy(MODELS / name, tmp_path)
    report = mlpack.init(tmp_path, mlpack.InitOptions(source=tmp_path / name, python="3.11"))
    manifest = mlpack.load_manifest(tmp_path / "mlpack.yaml")
    assert not manifest.warnings
    assert report.source == TOLD[name][0]
    assert bool(report.todo) == (name in TORCH or name == "lgb.joblib")
    code = (tmp_path / f"{report.model.partition(':')[0]}.py").read_text()
    compile(code, name, "exec")
    assert max(map(len, code.splitlines())) <= 100


def test_no_framework_is_imported() -> None:
    frameworks = {"sklearn", "joblib", "numpy", "torch", "xgboost", "lightgbm", "onnx", "keras"}
    program = (
        "import pathlib, sys\n"
        "from mlpack.authoring.files import read_model_file\n"
        "for path in pathlib.Path(sys.argv[1]).iterdir(): read_model_file(path, path.parent)\n"
        "print(*sys.modules)"
    )
    words = [sys.executable, "-c", program, MODELS]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "mlpack" in done.stdout.split()
    assert not frameworks & set(done.stdout.split())


@pytest.mark.parametrize(
    "compressed",
    [zlib.compress, gzip.compress, bz2.compress, lzma.compress,
     lambda raw: lzma.compress(raw, format=lzma.FORMAT_ALONE)],
    ids=["zlib", "gzip", "bz2", "xz", "lzma"],
)  # fmt: skip
def test_a_compressed_file_tells_the_same(
    compressed: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "columns.joblib"
    path.write_bytes(compressed((MODELS / path.name).read_bytes()))
    assert read(path) == read(MODELS / path.name)


def test_usual_values_are_the_example() -> None:
    columns = {each.name: each for each in read(MODELS / "columns.joblib").inputs}
    assert columns["color"].example in ("red", "green")
    assert columns["width"].example == pytest.approx(-0.1675)


class Runs:
    """What is pickled here runs something when it is loaded."""

    def __init__(self, run: object, *arguments: object) -> None:
        self.made = (run, arguments)

    def __reduce__(self) -> tuple[object, object]:
        return self.made


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("run", "name"), [(os.system, f"{os.name}.system"), (eval, "eval"), (exec, "exec")]
)
def test_a_pickle_that_runs_something_is_suspicious(
    run: Callable[..., object], name: str, protocol: int, tmp_path: Path
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"model": Runs(run, "exit")}, protocol=protocol))
    (found,) = read(path).suspicious
    assert found.endswith(name)


def test_a_warning_names_what_is_suspicious(tmp_path: Path, mlpack: Mlpack) -> None:
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Runs(os.system, "touch here")))
    done = mlpack("init", "--from", "evil.pkl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "warning[suspicious-pickle]: evil.pkl refers to `posix.system`" in done.stderr
    assert "# TODO: loading the file can run posix.system" in (tmp_path / "mlpack.yaml").read_text()
    assert not (tmp_path / "here").exists()


def test_another_modules_own_import_is_suspicious_too() -> None:
    from mlpack.authoring.files.pickled import Global

    found = suspicious([Global("sklearn.utils", "os.system"), Global("sklearn.svm", "SVC")])
    assert found == ("sklearn.utils.os.system",)


def test_a_model_in_a_dict_is_reached(tmp_path: Path) -> None:
    raw = (MODELS / "forest.pkl").read_bytes()
    # A dict around the object: MARK-less SETITEM of a key and the pickle's own value.
    inner = raw[raw.index(b"\x8c") : -1]
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x04}\x8c\x03net" + inner + b"s.")
    found = read(path)
    assert found.code.load == ('self.model = joblib.load(context.artifacts["model"])["net"]',)
    assert found.inputs == ARRAY


def test_code_of_the_project_travels_with_the_model(tmp_path: Path) -> None:
    (tmp_path / "features.py").write_text("class Adder: pass\n")
    (tmp_path / "models").mkdir()
    path = tmp_path / "models/adder.pkl"
    path.write_bytes(b"\x80\x04\x8c\x08features\x8c\x05Adder\x93)R.")
    mlpack.init(tmp_path, mlpack.InitOptions(source=path))
    text = (tmp_path / "mlpack.yaml").read_text()
    assert "\ncode_paths: [adder_model.py, features.py]\n" in text
    assert "\n  model: models/adder.pkl\n" in text


def test_a_class_of_a_notebook_is_to_do(tmp_path: Path) -> None:
    path = tmp_path / "adder.pkl"
    path.write_bytes(b"\x80\x04\x8c\x08__main__\x8c\x05Adder\x93)R.")
    (todo,) = read(path).todo
    assert todo.startswith("adder.pkl needs Adder of the script or notebook that wrote it")


@pytest.mark.parametrize(
    ("version", "oldest", "newest", "numpy"),
    [
        ("0.24.2", 6, 9, "numpy<2"),
        ("1.0.2", 7, 10, "numpy<2"),
        ("1.1.3", 8, 11, "numpy<2"),
        ("1.5.0", 9, 12, None),
        ("1.5.2", 9, 13, None),
        ("1.8.0", 11, 14, None),
    ],
)
def test_an_old_pickle_gets_a_python_that_has_its_version(
    version: str, oldest: int, newest: int, numpy: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "ridge.pkl"
    path.write_bytes(
        b"\x80\x04\x8c\x14sklearn.linear_model\x8c\x05Ridge\x93)\x81}\x8c\x10_sklearn_version\x8c"
        + bytes([len(version)]) + version.encode() + b"sb."
    )  # fmt: skip
    found = read(path)
    needs = [each.requirement for each in found.needs]
    assert needs == [f"scikit-learn=={version}", "joblib>=1.2", *([numpy] if numpy else [])]
    assert (found.oldest, found.newest) == (oldest, newest)
    mlpack.init(tmp_path, mlpack.InitOptions(source=path))
    text = (tmp_path / "mlpack.yaml").read_text()
    (python,) = re.findall(r'^python: "3\.(\d+)"$', text, re.M)
    assert max(oldest, 10) <= int(python) <= max(newest, 10)
    assert ("has no release for Python 3.10" in text) == (newest < 10)


def test_a_python_without_its_version_is_told(tmp_path: Path, mlpack: Mlpack) -> None:
    path = MODELS / "forest.pkl"
    done = mlpack("init", "p", "--from", path, "--python", "3.9", cwd=tmp_path)
    assert done.returncode == 0
    said = "scikit-learn 1.7.2 has releases for Python 3.10 to 3.14, and none for Python 3.9"
    assert f"note: {said}" in done.stderr
    assert '\npython: "3.9"\n' in (tmp_path / "p/mlpack.yaml").read_text()


def test_xgboost_stops_early_and_codes_categories_as_it_was_trained(tmp_path: Path) -> None:
    path = tmp_path / "xgb.json"
    text = (MODELS / "xgb.json").read_text()
    text = text.replace('"attributes":{', '"attributes":{"best_iteration":"1",')
    path.write_text(text.replace('["float","float","float"]', '["float","int","c"]'))
    found = read(path)
    assert told(found.inputs) == {"width": "double", "height": "long", "weight": "string"}
    assert found.code.before == ('CATEGORICAL = ["weight"]',)
    assert found.code.predict == (
        'rows = model_input.astype(dict.fromkeys(CATEGORICAL, "category"))',
        "matrix = xgboost.DMatrix(rows, enable_categorical=True)",
        "trees = (0, self.booster.best_iteration + 1)",
        'return pd.DataFrame({"prediction": self.booster.predict(matrix, iteration_range=trees)})',
    )
    assert found.input_todo is not None


def test_an_embedding_is_not_taken_for_a_table(tmp_path: Path) -> None:
    path = tmp_path / "net.safetensors"
    shapes = {"words.weight": [5, 3], "last.weight": [2, 3], "last.bias": [2]}
    header = {name: {"dtype": "F32", "shape": shape} for name, shape in shapes.items()}
    content = json.dumps(header).encode()
    path.write_bytes(len(content).to_bytes(8, "little") + content)
    assert (read(path).inputs, read(path).outputs) == ((), ())


def test_weights_beside_an_onnx_model_come_with_it(tmp_path: Path) -> None:
    # GraphProto.initializer with external_data of `location`, put before the graph's own fields.
    entry = b"\x0a\x08location\x12\x08big.data"
    tensor = b"\x42\x03big\x6a" + bytes([len(entry)]) + entry
    graph = b"\x2a" + bytes([len(tensor)]) + tensor
    path = tmp_path / "line.onnx"
    path.write_bytes((MODELS / "line.onnx").read_bytes() + b"\x3a" + bytes([len(graph)]) + graph)
    with pytest.raises(UsageError, match=r"are in big\.data, which is not beside it"):
        mlpack.init(tmp_path, mlpack.InitOptions(source=path))
    (tmp_path / "big.data").write_bytes(b"weights")
    mlpack.init(tmp_path / "here", mlpack.InitOptions(source=path))
    text = (tmp_path / "here/mlpack.yaml").read_text()
    assert "\n  model: model_data/line.onnx\n  data_1: model_data/big.data\n" in text
    assert (tmp_path / "here/model_data/big.data").read_bytes() == b"weights"


def test_rows_of_the_project_are_the_example(tmp_path: Path) -> None:
    shutil.copy(MODELS / "lgb.txt", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train.csv").write_text(
        "id,width,height,weight,color\n1,,0,0,red\n2,1.5,2,3e1,red\n3,0.5,1,2,green\n4,9,9,9,red\n"
    )
    mlpack.init(tmp_path, mlpack.InitOptions(source=tmp_path / "lgb.txt"))
    text = (tmp_path / "mlpack.yaml").read_text()
    assert "# The first rows of data/train.csv.\n" in text
    assert "    - {width: 1.5, height: 2.0, weight: 30.0, color: red}\n" in text
    assert text.count("    - {width: ") == 2


def test_a_file_from_elsewhere_is_copied(tmp_path: Path, mlpack: Mlpack) -> None:
    done = mlpack("init", "p", "--from", MODELS / "xgb.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "p/model_data/xgb.json").read_bytes() == (MODELS / "xgb.json").read_bytes()
    assert "\n  model: model_data/xgb.json\n" in (tmp_path / "p/mlpack.yaml").read_text()
    assert "mlpack build" in done.stdout
    assert mlpack("init", "p", "--from", MODELS / "xgb.json", cwd=tmp_path).returncode == 0


def test_modules_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    shutil.copy(MODELS / "xgb.json", tmp_path / "model.json")
    (tmp_path / "model.py").write_text("mine = 1\n")
    report = mlpack.init(tmp_path, mlpack.InitOptions(source=tmp_path / "model.json"))
    assert report.model == "packaged_model:Model"
    assert (tmp_path / "model.py").read_text() == "mine = 1\n"


def test_init_and_import_lead_to_it(tmp_path: Path, mlpack: Mlpack) -> None:
    shutil.copy(MODELS / "labels.joblib", tmp_path / "my model.joblib")
    done = mlpack("import", "my model.joblib", cwd=tmp_path)
    assert done.returncode == 2
    assert "run `mlpack init --from 'my model.joblib'`" in done.stderr
    done = mlpack("init", "-t", "minimal", "--from", "my model.joblib", cwd=tmp_path)
    assert done.returncode == 2
    assert "--template cannot be used with --from" in done.stderr
    done = mlpack("init", cwd=tmp_path)
    assert "note: `mlpack init --from 'my model.joblib'` starts from that model" in done.stderr


def test_an_unfinished_class_says_so(tmp_path: Path) -> None:
    shutil.copy(MODELS / "weights.pt", tmp_path)
    report = mlpack.init(tmp_path, mlpack.InitOptions(source=tmp_path / "weights.pt"))
    assert any(line.startswith("weights_model.py:") for line in report.todo)
    try:
        mlpack.load_manifest(tmp_path / "mlpack.yaml")
    except ManifestError as error:
        raise AssertionError(error) from error
