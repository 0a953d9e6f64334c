"""Scripts that save a model, read by their text alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlpack.authoring.importers import Imported
from mlpack.authoring.importers.text import manifest_text
from mlpack.core.errors import UsageError
from tests.authoring.importers.reading import MODEL, left, read, values, write

WITH_INIT = MODEL + "\n    def __init__(self, depth, name='x', config=None):\n        pass\n"
HEAD = """
import os
from pathlib import Path
import mlflow
import pandas as pd
from model_code.m import Model
HERE = Path(__file__).resolve().parent
"""


def script(root: Path, text: str, **more: str) -> Path:
    files = {"model_code/__init__.py": "", "model_code/m.py": WITH_INIT, "w.json": "[]", **more}
    return write(root, {**files, "package.py": HEAD + text})


def test_everything_that_is_literal(tmp_path: Path) -> None:
    text = """
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

SIGNATURE = ModelSignature(
    inputs=Schema([ColSpec("double", "x")]), params=ParamSchema([ParamSpec("n", "long", 1)])
)

def main():
    model = Model(3, name="y")
    mlflow.pyfunc.save_model(
        path=HERE / "out" / "cells",
        python_model=model,
        artifacts={"w": str(HERE / "w.json")},
        code_paths=[str(HERE / "model_code")],
        signature=SIGNATURE,
        input_example=(pd.DataFrame({"x": [1.5]}), {"n": 2}),
        pip_requirements=["mlflow==3.17.2", "pandas"],
        metadata={"license": "MIT", "tags": {"team": "cells"}},
        model_config={"unit": "mm"},
    )

if __name__ == "__main__":
    main()
"""
    imported = read("script", script(tmp_path, text))
    assert values(imported) == {
        "name": "cells",
        "version": "0.1.0",
        "model": {"class": "model_code.m:Model", "init": {"depth": 3, "name": "y"}},
        "model_config": {"unit": "mm"},
        "artifacts": {"w": "w.json"},
        "signature": {
            "inputs": [{"name": "x", "type": "double"}],
            "params": [{"name": "n", "type": "long", "default": 1}],
        },
        "input_example": {"dataframe_records": [{"x": 1.5}], "params": {"n": 2}},
        "metadata": {"license": "MIT"},
        "tags": {"team": "cells"},
        "dependencies": ["mlflow==3.17.2", "pandas"],
        "python": "3.11",
    }
    assert left(imported).startswith("`path='out/cells'`: the manifest names it")
    assert len(imported.left) == 1


def test_computed_arguments_are_named(tmp_path: Path) -> None:
    text = """
CONFIG = {"a": 1}
mlflow.pyfunc.log_model(
    "model", python_model=Model(int(os.environ["D"])), model_config=CONFIG,
    signature=mlflow.models.infer_signature([1]), artifacts={"w": find()},
    registered_model_name="cells", await_registration_for=None, resources=[],
)
"""
    imported = read("script", script(tmp_path, text, **{"requirements.txt": "mlflow\n"}))
    found = values(imported)
    assert found["name"] == "cells"
    assert found["model"] == "model_code.m:Model"
    assert found["dependencies"] == {"file": "requirements.txt"}
    assert "artifacts" not in found
    said = left(imported)
    assert "`signature`: line" in said
    assert "`artifacts`: line" in said
    assert "the constructor's arguments: " in said
    assert said.count("use --run to find out") == 3
    assert "`resources=[]`: MLflow does not know it" in said
    assert imported.to_run is not None
    assert imported.to_run.names == {}


def test_the_whole_configuration_goes_to_the_constructor(tmp_path: Path) -> None:
    text = """
CONFIG = {"organism": "human"}
mlflow.pyfunc.save_model("m", python_model=Model(CONFIG), model_config=CONFIG)
"""
    init = MODEL + "\n    def __init__(self, config):\n        pass\n"
    imported = read("script", script(tmp_path, text, **{"model_code/m.py": init}))
    assert values(imported)["model"] == {"class": "model_code.m:Model", "init_from": "model_config"}


def test_several_calls_are_several_variants(tmp_path: Path) -> None:
    text = """
mlflow.pyfunc.save_model("out/human", python_model=Model(1), model_config={"o": "human"})
mlflow.pyfunc.save_model("out/mouse", python_model=Model(1), model_config={"o": "mouse"})
"""
    imported = read("script", script(tmp_path, text))
    assert list(imported.variants) == ["human", "mouse"]
    assert values(imported, "mouse")["model_config"] == {"o": "mouse"}
    assert values(imported)["name"]
    assert "name" not in imported.variants["mouse"]


@pytest.mark.parametrize(
    "text",
    [
        "from mlflow.pyfunc import save_model\nsave_model('m', python_model=Model(1))\n",
        "from mlflow import pyfunc as p\np.save_model(path='m', python_model=Model(1))\n",
        "import mlflow.pyfunc\nmlflow.pyfunc.save_model(python_model=Model(depth=1), path='m')\n",
        "ARGS = {'path': 'm'}\nmlflow.pyfunc.save_model(**ARGS, python_model=Model(1))\n",
        "with mlflow.start_run():\n    mlflow.pyfunc.log_model(name='m', python_model=Model(1))\n",
    ],
)
def test_calls_are_found_under_any_name(tmp_path: Path, text: str) -> None:
    imported = read("script", script(tmp_path, text))
    assert values(imported)["model"] == {"class": "model_code.m:Model", "init": {"depth": 1}}
    assert values(imported)["name"] == "m"


def test_a_class_of_the_script_itself(tmp_path: Path) -> None:
    text = MODEL + "\n\nmlflow.pyfunc.save_model('m', python_model=Model())\n"
    root = write(tmp_path, {"package.py": text})
    imported = read("script", root)
    assert values(imported)["model"] == "package:Model"
    assert "importing it would save a model" in left(imported)
    guarded = text.replace("\nmlflow.pyfunc", "\nif __name__ == '__main__':\n    mlflow.pyfunc")
    again = read("script", write(tmp_path / "guarded", {"package.py": guarded}))
    assert values(again)["model"] == "package:Model"
    assert "would save" not in left(again)


def test_what_is_done_to_an_instance_is_named(tmp_path: Path) -> None:
    text = """
def main():
    w = Model(3)
    w.endpoint = "e1"
    w.sizes["a"] = 2
    w.depth += 1
    setattr(w, "name", "z")
    w.fit([1])
    mlflow.pyfunc.save_model("m", python_model=w)
"""
    imported = read("script", script(tmp_path, text))
    assert values(imported)["model"] == {"class": "model_code.m:Model", "init": {"depth": 3}}
    said = left(imported)
    for done in ("w.endpoint = 'e1'", "w.sizes['a'] = 2", "w.depth += 1",
                 "setattr(w, 'name', 'z')", "w.fit([1])"):  # fmt: skip
        assert f"`{done}`: a build only calls the constructor" in said


@pytest.mark.parametrize("change", ["CONFIG['b'] = 2", "CONFIG.update(b=2)", "CONFIG |= {'b': 2}"])
def test_a_value_that_is_changed_is_no_literal(tmp_path: Path, change: str) -> None:
    text = f"""
CONFIG = {{"a": 1}}
{change}
mlflow.pyfunc.save_model("m", python_model=Model(1), model_config=CONFIG)
"""
    imported = read("script", script(tmp_path, text))
    assert "model_config" not in values(imported)
    assert "`model_config`" in left(imported)


def test_a_model_given_as_a_file(tmp_path: Path) -> None:
    own = MODEL + "\n\nmlflow.models.set_model(Model())\n"
    text = "mlflow.pyfunc.save_model('m', python_model='as_code.py')\n"
    imported = read("script", script(tmp_path, text, **{"as_code.py": own}))
    assert values(imported)["model"] == "as_code:Model"
    missing = read("script", script(tmp_path / "b", text))
    assert "as_code.py does not exist" in left(missing)


def test_functions_and_loaders_are_no_classes(tmp_path: Path) -> None:
    text = """
def predict(model_input):
    return model_input
mlflow.pyfunc.save_model("a", python_model=predict)
mlflow.pyfunc.save_model("b", loader_module="x.y", data_path="d")
"""
    imported = read("script", script(tmp_path, text))
    said = left(imported)
    assert "a: the function `predict`: a manifest needs a class" in said
    assert "b: `loader_module='x.y'`: a manifest needs a class" in said


def test_requirements_in_every_form(tmp_path: Path) -> None:
    def needs(argument: str, name: str) -> object:
        text = f"mlflow.pyfunc.save_model('m', python_model=Model(1), {argument})\n"
        files = {"r.txt": "mlflow\n", "env.yaml": "dependencies: [python=3.10, {pip: [numpy]}]\n"}
        root = script(
            tmp_path / name,
            text,
            **{"serve-requirements.txt": "mlflow\n", "conda.yaml": files["env.yaml"]},
        )
        return values(read("script", root)).get("dependencies")

    assert needs("pip_requirements='serve-requirements.txt'", "a") == {
        "file": "serve-requirements.txt"
    }
    assert needs("conda_env='conda.yaml'", "b") == ["numpy"]
    assert needs("conda_env={'dependencies': ['python=3.9', {'pip': ['a', 'b']}]}", "c") == [
        "a",
        "b",
    ]
    assert needs("pip_requirements=['-r serve-requirements.txt', 'x']", "d") == {
        "file": "serve-requirements.txt", "requirements": ["x"],
    }  # fmt: skip
    assert needs("extra_pip_requirements=['x']", "e") == ["x"]
    lines = "pip_requirements=['a'], extra_pip_requirements=['b']"
    assert needs(lines, "f") == ["a", "b"]
    extra = "pip_requirements=['a'], extra_pip_requirements='serve-requirements.txt'"
    assert needs(extra, "g") == {"file": "serve-requirements.txt", "requirements": ["a"]}
    both = "pip_requirements='serve-requirements.txt', extra_pip_requirements=['b']"
    assert needs(both, "h") == {"file": "serve-requirements.txt", "requirements": ["b"]}


def test_a_file_of_requirements_has_any_name(tmp_path: Path) -> None:
    call = "mlflow.pyfunc.save_model('m', python_model=Model(1), {})\n"

    def imported(argument: str, name: str, **files: str) -> Imported:
        return read("script", script(tmp_path / name, call.format(argument), **files))

    named = imported("pip_requirements='needs/serving.lst'", "a", **{"needs/serving.lst": "x\n"})
    assert values(named)["dependencies"] == {"file": "needs/serving.lst"}
    within = imported("pip_requirements=['-r needs/a.lst', 'y']", "b", **{"needs/a.lst": "x\n"})
    assert values(within)["dependencies"] == {"file": "needs/a.lst", "requirements": ["y"]}
    conda = imported("conda_env='conda/serve'", "c", **{"conda/serve": "dependencies: [x=1.2.3]"})
    assert values(conda)["dependencies"] == ["x==1.2.3"]
    assert "gone.txt: the file does not exist" in left(imported("pip_requirements='gone.txt'", "d"))
    assert "it is outside" in left(imported("pip_requirements='../x.txt'", "e"))


def test_a_conda_environment_is_all_carried_over_or_named(tmp_path: Path) -> None:
    text = """
CONDA = {
    "name": "serving", "channels": ["conda-forge", "pytorch"],
    "dependencies": ["python=3.10", "numpy=1.26.4", "cudatoolkit=11.8",
                     {"pip": ["mlflow==3.17.2", "--extra-index-url https://u:p@example.org"]}],
}
mlflow.pyfunc.save_model("m", python_model=Model(1), conda_env=CONDA)
"""
    imported = read("script", script(tmp_path, text, **{".python-version": "3.12\n"}))
    assert values(imported)["python"] == "3.10"
    assert values(imported)["dependencies"] == ["numpy==1.26.4", "mlflow==3.17.2"]
    said = left(imported)
    assert "conda's channels (conda-forge, pytorch)" in said
    assert "cudatoolkit=11.8: it is a conda package, not a Python package" in said
    assert "`name: serving`" in said
    assert "the option `--extra-index-url https://example.org`" in said


@pytest.mark.parametrize("name", ["pack.ipynb", "train.py", "broken.py"])
def test_other_files_are_none(tmp_path: Path, name: str) -> None:
    texts = {
        "pack.ipynb": "{}",
        "train.py": "import mlflow.pyfunc\n# save_model comes later\n",
        "broken.py": "import mlflow.pyfunc\nmlflow.pyfunc.save_model(\n",
    }
    root = write(tmp_path, {name: texts[name]})
    if name == "pack.ipynb":
        with pytest.raises(StopIteration):
            read("script", root, name)
    else:
        with pytest.raises(
            UsageError, match=r"does not save a pyfunc model|not valid Python: line 2"
        ):
            read("script", root, name)


def test_types_that_mlflow_could_not_infer_are_named(tmp_path: Path) -> None:
    call = {
        "saver": "save_model", "problems": {}, "class": "model_code.m:Model", "init": {"depth": 1},
        "class_file": "model_code/m.py", "path": "m", "signature": {"inputs": [{"type": "any"}]},
    }  # fmt: skip
    root = script(tmp_path, "mlflow.pyfunc.save_model('m', python_model=make())\n")
    recorded = {"calls": [call], "ended": "ValueError: x", "silenced": ["log_param", "start_run"]}
    imported = read("script", root, recorded=recorded)
    said = left(imported)
    assert "the signature's types: MLflow infers `any` without scipy" in said
    assert "with log_param" in said
    assert "nothing was saved that it could use (ValueError: x)" in said


@pytest.mark.parametrize(
    ("text", "flavor", "way_out"),
    [
        ("mlflow.sklearn.log_model(m, name='net')", "mlflow.sklearn", "runs:/RUN_ID/net"),
        ("mlflow.sklearn.log_model(m, 'net')", "mlflow.sklearn", "runs:/RUN_ID/net"),
        ("mlflow.pytorch.save_model(m, path='out/net')", "mlflow.pytorch", "out/net"),
        ("from mlflow.xgboost import log_model as log\nlog(m, registered_model_name='n')",
         "mlflow.xgboost", "models:/n/VERSION"),
        ("mlflow.autolog()", "mlflow", "runs:/RUN_ID/model"),
    ],
)  # fmt: skip
def test_another_flavor_gets_the_way_out(
    tmp_path: Path, text: str, flavor: str, way_out: str
) -> None:
    root = write(tmp_path, {"train.py": f"import mlflow\n{text}\n"})
    for word in ("train.py", "."):
        with pytest.raises(UsageError, match=rf"saves a model with {flavor}\n") as refused:
            read("script", root, word)
        hint = f"run it, then import what it saved: `mlpack import {way_out}`"
        assert refused.value.hint == hint


def test_a_model_of_another_flavor_beside_the_models_is_named(tmp_path: Path) -> None:
    text = """
mlflow.sklearn.save_model(fit(), "out/sk")
mlflow.pyfunc.save_model("m", python_model=Model(1))
"""
    said = left(read("script", script(tmp_path, text)))
    assert "what line 8 saves with mlflow.sklearn: another model: import what it saves" in said
    assert "`mlpack import out/sk`" in said


def test_resources_are_carried_over(tmp_path: Path) -> None:
    text = """
from mlflow.models.resources import DatabricksServingEndpoint, DatabricksTable

mlflow.pyfunc.save_model(
    "m", python_model=Model(1), resources=[
        DatabricksTable(table_name="a.b.c"), DatabricksTable("a.b.d", True),
        DatabricksServingEndpoint(endpoint_name="llama"),
    ],
)
"""
    assert values(read("script", script(tmp_path, text)))["resources"] == {
        "databricks": {
            "table": [{"name": "a.b.c"}, {"name": "a.b.d", "on_behalf_of_user": True}],
            "serving_endpoint": [{"name": "llama"}],
        }
    }


def test_the_file_of_the_resources_is_read(tmp_path: Path) -> None:
    text = 'mlflow.pyfunc.save_model("m", python_model=Model(1), resources="resources.yaml")\n'
    listed = "api_version: '1'\ndatabricks: {app: [{name: mine}]}\n"
    imported = read("script", script(tmp_path, text, **{"resources.yaml": listed}))
    assert values(imported)["resources"] == {"databricks": {"app": [{"name": "mine"}]}}


def test_an_auth_policy_is_carried_over(tmp_path: Path) -> None:
    text = """
from mlflow.models.auth_policy import AuthPolicy, SystemAuthPolicy, UserAuthPolicy
from mlflow.models.resources import DatabricksApp

policy = AuthPolicy(
    system_auth_policy=SystemAuthPolicy(resources=[DatabricksApp("mine")]),
    user_auth_policy=UserAuthPolicy(api_scopes=["sql"]),
)
mlflow.pyfunc.log_model(name="m", python_model=Model(1), auth_policy=policy)
"""
    assert values(read("script", script(tmp_path, text)))["auth_policy"] == {
        "system_auth_policy": {"resources": {"databricks": {"app": [{"name": "mine"}]}}},
        "user_auth_policy": {"api_scopes": ["sql"]},
    }


def test_an_agent_needs_no_signature(tmp_path: Path) -> None:
    agent = (
        "import mlflow.pyfunc\nclass Model(mlflow.pyfunc.ChatAgent):\n    def predict(self): ...\n"
    )
    text = 'mlflow.pyfunc.save_model("m", python_model=Model())\n'
    imported = read("script", script(tmp_path, text, **{"model_code/m.py": agent}))
    assert "TODO signature" not in manifest_text(imported)
    assert "TODO input_example" not in manifest_text(imported)
    assert "TODO signature" in manifest_text(read("script", script(tmp_path / "other", text)))
