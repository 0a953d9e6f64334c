"""Saved models read from their files, whoever saved them."""

# ruff: noqa: E501 - a case a line reads best

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from mlpack.authoring.importers import IMPORTERS, Source
from mlpack.authoring.importers.text import manifest_text
from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import left, read, values
from tests.packages import mlmodel, write_package

CODE = b"class Doubler:\n    def __init__(self, factor=2, *, labels=()):\n        pass\n"


def flavor(**more: Any) -> dict[str, Any]:
    own = {**mlmodel()["flavors"]["python_function"], **more}
    return {"python_function": {key: value for key, value in own.items() if value is not None}}


def test_a_package_of_ours(tmp_path: Path) -> None:
    script = b"import mlflow.models\nfrom m.code import Doubler\nmlflow.models.set_model(\n    Doubler(\n        factor=3,\n    )\n)\n"
    info = {"artifact_path": "input_example.json", "type": "dataframe", "pandas_orient": "split"}
    package = write_package(
        tmp_path / "dist" / "doubler",
        {"mlpack_model.py": script, "code/m/code.py": CODE, "code/m/__pycache__/code.pyc": b""},
        flavors=flavor(config={"unit": "mm"}),
        saved_input_example_info=info,
    )
    imported = read("saved model", tmp_path, str(package))
    assert values(imported) == {
        "name": "doubler",
        "version": "1.0",
        "description": "Doubles.",
        "model": {"class": "m.code:Doubler", "init": {"factor": 3}},
        "model_config": {"unit": "mm"},
        "artifacts": {"vocab": "artifacts/vocab.json"},
        "signature": {
            "inputs": [{"name": "x", "type": "double"}],
            "outputs": [{"name": "x", "type": "double"}],
        },
        "input_example": {"dataframe_records": [{"x": 1.5}]},
        "metadata": {"license": "MIT"},
        "tags": {"team": "cells"},
        "python": "3.11",
        "dependencies": {
            "file": "requirements.txt", "extra_index_urls": ["https://wheels.example.org/simple"],
        },
    }  # fmt: skip
    assert imported.left == ()
    assert imported.folder == tmp_path / "doubler"
    assert [str(file.path) for file in imported.files] == [
        "m", "artifacts/vocab.json", "requirements.txt",
    ]  # fmt: skip
    pins = next(file.content for file in imported.files if file.content)
    assert f"numpy==2.1.0 \\\n    --hash=sha256:{'3' * 64}\n" in pins.decode()
    assert b"example.org" not in pins


def test_its_mlmodel_may_be_named(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p")
    assert values(read("saved model", tmp_path, str(package / "MLmodel")))["name"] == "doubler"


def test_a_variant_keeps_its_name(tmp_path: Path) -> None:
    metadata = {"mlpack": {"name": "cells", "version": "1", "variant": "human"}}
    imported = read("saved model", tmp_path, str(write_package(tmp_path / "p", metadata=metadata)))
    assert dict(imported.variants) == {"human": {}}
    assert values(imported)["name"] == "cells"


def test_paths_of_the_machine_that_saved_are_left_there(tmp_path: Path) -> None:
    artifacts = {
        "vocab": {"path": "artifacts/vocab.json", "uri": "/home/me/model_data/vocab.json"},
        "gone": {"path": "artifacts/gone.bin", "uri": "file:///home/me/gone.bin"},
        "odd": {"path": "/home/me/odd.bin", "uri": "/home/me/odd.bin"},
    }
    package = write_package(
        tmp_path / "p",
        {"requirements.txt": b"mlflow==3.1.0\n/home/me/wheels/mine-1.0-py3-none-any.whl\n-e ../mine\n--extra-index-url https://me:secret@example.org/simple\n"},
        flavors=flavor(artifacts=artifacts, model_code_path="/home/me/models/mlpack_model.py"),
        run_id="0123",
    )  # fmt: skip
    imported = read("saved model", tmp_path, str(package))
    found = values(imported)
    assert found["artifacts"] == {"vocab": "artifacts/vocab.json"}
    assert found["dependencies"] == {
        "requirements": ["mlflow==3.1.0"], "extra_index_urls": ["https://example.org/simple"],
    }  # fmt: skip
    said = left(imported)
    assert "the artifact gone" in said
    assert "the artifact odd" in said
    assert "mine-1.0-py3-none-any.whl" in said
    assert "the credentials of https://example.org/simple" in said
    assert "the run that it was logged in" in said
    assert "secret" not in said + repr(imported)
    assert "/home/me" not in repr(found)


def test_a_pickled_instance_is_adopted_with_its_state(tmp_path: Path) -> None:
    package = write_package(
        tmp_path / "p",
        {"python_model.pkl": b"never read", "code/m/code.py": CODE},
        flavors=flavor(model_code_path=None, python_model="python_model.pkl", config={"factor": 2}),
        metadata=None,
    )  # fmt: skip
    imported = read("saved model", tmp_path, str(package))
    found = values(imported)
    assert found["model"] == {"saved": "p"}
    assert found["model_config"] == {"factor": 2}
    assert not {"artifacts", "code_paths"} & found.keys()
    assert imported.folder == tmp_path
    assert [file.path for file in imported.files if file.copied_from] == [PurePosixPath("p")]


def test_a_model_whose_script_defines_its_class(tmp_path: Path) -> None:
    script = b"import mlflow\nclass Doubler(mlflow.pyfunc.PythonModel):\n    def predict(self, c, m):\n        return m\nmlflow.models.set_model(Doubler())\n"
    package = write_package(
        tmp_path / "p",
        {"mlpack_model.py": script, "code/m/code.py": None, "code/m/__init__.py": None},
    )
    imported = read("saved model", tmp_path, str(package))
    assert values(imported)["model"] == "mlpack_model:Doubler"
    assert "mlpack_model.py" in [str(file.path) for file in imported.files]


@pytest.mark.parametrize(
    "script",
    [
        b"import mlflow\nfrom m.code import Doubler\nmlflow.models.set_model(Doubler(int('3')))\n",
        b"import mlflow\nfrom m.code import Doubler\nd = Doubler()\nd.factor = 5\nmlflow.models.set_model(d)\n",
        b"import mlflow\nfrom elsewhere import Doubler\nmlflow.models.set_model(Doubler())\n",
        b"from m.code import make\nimport mlflow\nmlflow.models.set_model(make)\n",
    ],
    ids=["computed", "changed", "not in the package", "no call"],
)
def test_a_script_that_does_more_than_construct_a_class_is_adopted(
    tmp_path: Path, script: bytes
) -> None:
    package = write_package(tmp_path / "p", {"mlpack_model.py": script, "code/m/code.py": CODE})
    imported = read("saved model", tmp_path, str(package))
    # A package of ours is an output of its project: here it is copied.
    assert values(imported)["model"] == {"saved": "model_data/model"}
    assert imported.folder == tmp_path / "doubler"


@pytest.mark.parametrize(
    ("word", "saved", "folder"),
    [("nets/p", "nets/p", "."), ("{out}/q", "model_data/model", "q")],
)
def test_other_flavors_are_adopted_where_they_are_or_copied(
    tmp_path: Path, word: str, saved: str, folder: str
) -> None:
    flavors = {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": "model.pkl"},
        "sklearn": {"pickled_model": "model.pkl"},
    }
    project = tmp_path / "project"
    word = word.format(out=tmp_path)
    write_package(project / word, flavors=flavors, metadata=None)
    imported = IMPORTERS["saved model"].read(Source(words=(word,), folder=project))
    assert values(imported)["model"] == {"saved": saved}
    assert imported.keys["model"].comment == "loaded by mlflow.sklearn"
    assert imported.folder == project / folder
    assert "flavor" not in left(imported)
    assert not imported.todo


def tensor(shape: list[int], dtype: str = "float32", **more: Any) -> dict[str, Any]:
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}, **more}


@pytest.mark.parametrize(
    ("inputs", "drafted"),
    [
        ([{"name": "a", "type": "double"}, {"name": "b", "type": "string"}], {"dataframe_records": [{"a": 0.0, "b": "text"}]}),
        ([{"type": "string"}], {"inputs": ["text"]}),
        ([tensor([-1, 2])], {"inputs": [[0.0, 0.0]]}),
        ([tensor([-1], "int64", name="n"), tensor([1], name="x")], {"inputs": {"n": [0], "x": [0.0]}}),
        ([tensor([-1, 224, 224, 3])], None),
        ([{"type": "long"}, {"type": "long"}], None),
        ([{"name": "a", "type": "array", "items": {"type": "double"}}], None),
    ],
)  # fmt: skip
def test_an_adopted_model_without_an_example_gets_placeholders(
    tmp_path: Path, inputs: Any, drafted: Any
) -> None:
    package = write_package(
        tmp_path / "p",
        flavors={"python_function": {"loader_module": "mlflow.sklearn"}},
        metadata=None,
        signature={"inputs": json.dumps(inputs), "outputs": None, "params": None},
    )
    imported = read("saved model", tmp_path, str(package))
    assert values(imported).get("input_example") == drafted
    assert ("TODO: set real values" in manifest_text(imported)) == (drafted is not None)


def test_an_agent_without_a_plain_script_keeps_its_task_and_signature(tmp_path: Path) -> None:
    package = write_package(
        tmp_path / "agent",
        {"python_model.pkl": b""},
        flavors=flavor(model_code_path=None, python_model="python_model.pkl"),
        metadata={"task": "agent/v1/responses"},
    )
    found = values(read("saved model", tmp_path, str(package)))
    assert found["metadata"] == {"task": "agent/v1/responses"}
    assert found["signature"]["inputs"]


@pytest.mark.parametrize(
    ("content", "kind", "expected"),
    [
        ({"columns": ["x"], "data": [[1.5]]}, "dataframe", {"dataframe_records": [{"x": 1.5}]}),
        ({"data": [[1.5]]}, "dataframe", {"dataframe_split": {"columns": [0], "data": [[1.5]]}}),
        ({"inputs": [[1.5]]}, "ndarray", {"inputs": [[1.5]]}),
        (
            {"inputs": {"a": [1]}, "params": {"n": 1}},
            "ndarray",
            {"inputs": {"a": [1]}, "params": {"n": 1}},
        ),
        (["a", "b"], "json_object", {"inputs": ["a", "b"]}),
        ({"a": [1]}, "json_object", {"inputs": {"a": [1]}}),
    ],
)
def test_examples_in_every_form(tmp_path: Path, content: Any, kind: str, expected: Any) -> None:
    package = write_package(
        tmp_path / "p",
        {"input_example.json": json.dumps(content).encode()},
        saved_input_example_info={"artifact_path": "input_example.json", "type": kind},
    )
    assert values(read("saved model", tmp_path, str(package)))["input_example"] == expected


def test_an_example_by_uri_brings_its_files(tmp_path: Path) -> None:
    serving = {"dataframe_split": {"columns": ["input_uri"], "data": [["data/a.csv"]]}}
    package = write_package(
        tmp_path / "p",
        {
            "serving_input_example.json": json.dumps(serving).encode(),
            "input_example/data/a.csv": b"x\n",
            "input_example/data/b.csv": b"y\n",
        },
        saved_input_example_info={
            "artifact_path": "input_example.json",
            "type": "dataframe",
            "serving_input_path": "serving_input_example.json",
        },
    )
    imported = read("saved model", tmp_path, str(package))
    assert values(imported)["input_example"] == {"input_uri": "data/a.csv", "files": ["data/b.csv"]}
    assert {"data/a.csv", "data/b.csv"} <= {str(file.path) for file in imported.files}


def test_a_large_example_goes_to_a_file(tmp_path: Path) -> None:
    rows = {"columns": ["x"], "data": [[float(number)] for number in range(1000)]}
    package = write_package(
        tmp_path / "p",
        {"input_example.json": json.dumps(rows).encode()},
        saved_input_example_info={"artifact_path": "input_example.json", "type": "dataframe"},
    )
    imported = read("saved model", tmp_path, str(package))
    assert values(imported)["input_example"] == {"file": "input_example.json"}


def test_a_torch_index_is_a_backend(tmp_path: Path) -> None:
    text = b"--extra-index-url https://download.pytorch.org/whl/cpu\ntorch==2.3.0\n"
    imported = read(
        "saved model", tmp_path, str(write_package(tmp_path / "p", {"requirements.txt": text}))
    )
    assert values(imported)["dependencies"] == {
        "requirements": ["torch==2.3.0"],
        "torch_backend": "cpu",
    }


def test_constraints_come_along(tmp_path: Path) -> None:
    files = {"requirements.txt": b"mlflow\n-c constraints.txt\n", "constraints.txt": b"numpy<3\n"}
    imported = read("saved model", tmp_path, str(write_package(tmp_path / "p", files)))
    assert values(imported)["dependencies"] == {
        "requirements": ["mlflow"],
        "constraints": ["constraints.txt"],
    }


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "MLmodel").write_text("flavors: {}\n")
    source = Source(words=("p",), folder=tmp_path)
    with pytest.raises(UsageError, match="no python_function flavor"):
        IMPORTERS["saved model"].read(source)


@pytest.mark.parametrize("uri", ["models:/cells/3", "models:/cells@best", "runs:/0123/a/net"])
def test_a_fetched_package_of_ours_keeps_its_name(tmp_path: Path, uri: str) -> None:
    package = write_package(tmp_path / "p", metadata={"mlpack": {"name": "own", "version": "9"}})
    source = Source(words=(uri,), folder=tmp_path, fetched=package)
    assert values(IMPORTERS["saved model"].read(source))["name"] == "own"


@pytest.mark.parametrize(
    ("uri", "name", "version"),
    [
        ("models:/Cell Net/3", "cell-net", "3"),
        ("models:/cells@champion", "cells", "0.1.0"),
        ("runs:/0123/path/to/net", "net", "0.1.0"),
    ],
)
def test_a_fetched_model_is_named_by_its_uri(
    tmp_path: Path, uri: str, name: str, version: str
) -> None:
    package = write_package(tmp_path / "p", metadata=None)
    source = Source(words=(uri,), folder=tmp_path, fetched=package)
    found = values(IMPORTERS["saved model"].read(source))
    assert (found["name"], found["version"]) == (name, version)


def test_an_agent_with_its_policy(tmp_path: Path) -> None:
    script = (
        b"import mlflow.models\nfrom m.code import Doubler\nmlflow.models.set_model(Doubler())\n"
    )
    table = {"api_version": "1", "databricks": {"table": [{"name": "a.b.c"}]}}
    package = write_package(
        tmp_path / "agent",
        {"mlpack_model.py": script, "code/m/code.py": CODE},
        metadata={"task": "agent/v1/responses", "license": "MIT"},
        resources=table,
        auth_policy={"system_auth_policy": {"resources": table}, "user_auth_policy": {}},
    )
    imported = read("saved model", tmp_path, str(package))
    found = values(imported)
    assert "signature" not in found
    assert imported.todo["signature"] == ""
    assert found["metadata"] == {"license": "MIT"}
    databricks = {"databricks": {"table": [{"name": "a.b.c"}]}}
    assert found["resources"] == databricks
    assert found["auth_policy"] == {"system_auth_policy": {"resources": databricks}}
    assert "TODO signature" not in manifest_text(imported)
