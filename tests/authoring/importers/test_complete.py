"""Whatever a call to save a model states is in the manifest, or in the list of what is left."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mlpack.authoring.importers import Imported
from mlpack.authoring.importers.text import manifest_text
from tests.authoring.importers.reading import MODEL, left, read, write
from tests.conftest import Mlpack
from tests.lines import NEWEST, line_environment

# The parameters of MLflow 3.17.2; a test below compares them with its own.
SAVE = (
    "path", "loader_module", "data_path", "code_paths", "infer_code_paths", "conda_env",
    "mlflow_model", "python_model", "artifacts", "signature", "input_example",
    "pip_requirements", "extra_pip_requirements", "metadata", "model_config", "streamable",
    "resources", "auth_policy", "uv_project_path", "uv_groups", "uv_extras",
)  # fmt: skip
LOG = (
    "artifact_path", "loader_module", "data_path", "code_paths", "infer_code_paths", "conda_env",
    "python_model", "artifacts", "registered_model_name", "signature", "input_example",
    "await_registration_for", "pip_requirements", "extra_pip_requirements", "metadata",
    "model_config", "streamable", "resources", "auth_policy", "uv_project_path", "uv_groups",
    "uv_extras", "prompts", "name", "params", "tags", "model_type", "step", "model_id",
)  # fmt: skip
# What each is given, and the marks to look for: by its own name where a value cannot be marked.
GIVEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "path": ("'mark_folder/mark_path'", ("mark_folder", "mark_path")),
    "artifact_path": ("'mark_folder/mark_path'", ("mark_folder", "mark_path")),
    "name": ("'mark_name'", ("mark_name",)),
    "registered_model_name": ("'mark_registered'", ("mark_registered",)),
    "loader_module": ("'mark.loader'", ("mark.loader",)),
    "data_path": ("'mark_data'", ("mark_data",)),
    "code_paths": ("['mark_code', '../mark_out']", ("mark_code", "mark_out")),
    "infer_code_paths": ("True", ("infer_code_paths=True",)),
    "conda_env": (
        "{'name': 'mark_env', 'channels': ['mark_channel'], 'variables': {'MARK_V': 'mark_v'}, "
        "'dependencies': ['python=3.10', 'mark_own=1.2.3', 'cuda_mark=11', 'pip=23.9', "
        "{'pip': ['mark_pip==4.5', '--mark-option x']}]}",
        ("mark_env", "mark_channel", "MARK_V", "mark_v", '"3.10"', "mark_own==1.2.3",
         "cuda_mark=11", "pip=23.9", "mark_pip==4.5", "--mark-option x"),
    ),
    "mlflow_model": ("mlflow.models.Model(run_id='mark')", ("mlflow_model",)),
    "python_model": ("Model('mark_init')", ("mark_init",)),
    "artifacts": ("{'mark_artifact': 'mark_file', 'out': '/mark_out'}",
                  ("mark_artifact", "mark_file", "/mark_out")),
    "signature": (
        "ModelSignature(Schema([ColSpec('double', 'mark_in')]), Schema([ColSpec('double', "
        "'mark_outputs')]), ParamSchema([ParamSpec('mark_param', 'string', 'mark_default')]))",
        ("mark_in", "mark_outputs", "mark_param", "mark_default"),
    ),
    "input_example": ("(pd.DataFrame({'mark_column': ['mark_cell']}), {'mark_p': 'mark_pv'})",
                      ("mark_column", "mark_cell", "mark_p", "mark_pv")),
    "pip_requirements": ("['mark_req==1', '--mark-index x']", ("mark_req==1", "--mark-index x")),
    "extra_pip_requirements": ("['mark_extra==1']", ("mark_extra==1",)),
    "metadata": ("{'mark_key': {'a': 'mark_value'}, 'tags': {'mark_tag': 'mark_label'}, "
                 "'mlpack': 'mark_mlpack'}",
                 ("mark_key", "mark_value", "mark_tag", "mark_label", "mark_mlpack")),
    "model_config": ("{'mark_config': ['mark_item', 7.5]}", ("mark_config", "mark_item", "7.5")),
    "streamable": ("True", ("streamable=True",)),
    "resources": ("['mark_resource']", ("mark_resource",)),
    "auth_policy": ("{'mark_auth': 'mark_policy'}", ("mark_auth", "mark_policy")),
    "uv_project_path": ("'mark_uv'", ("mark_uv",)),
    "uv_groups": ("['mark_group']", ("mark_group",)),
    "uv_extras": ("['mark_uv_extra']", ("mark_uv_extra",)),
    "await_registration_for": ("98765", ("98765",)),
    "prompts": ("['mark_prompt']", ("mark_prompt",)),
    "params": ("{'mark_run': 'mark_run_value'}", ("mark_run", "mark_run_value")),
    "tags": ("{'mark_tags': 'mark_tags_value'}", ("mark_tags", "mark_tags_value")),
    "model_type": ("'mark_type'", ("mark_type",)),
    "step": ("54321", ("54321",)),
    "model_id": ("'mark_id'", ("mark_id",)),
}  # fmt: skip
# Other shapes that an argument may have.
OTHERS: list[tuple[str, str, tuple[str, ...]]] = [
    ("path", "'/mark_root/mark_path'", ("mark_root", "mark_path")),
    ("pip_requirements", "'mark_list.txt'", ("mark_list.txt",)),
    ("pip_requirements", "'here.lst'", ("here.lst",)),
    ("pip_requirements", "'../mark_list.txt'", ("mark_list.txt",)),
    ("extra_pip_requirements", "'mark_extra.txt'", ("mark_extra.txt",)),
    ("extra_pip_requirements", "'here.lst'", ("here.lst",)),
    ("conda_env", "'mark_conda.yaml'", ("mark_conda.yaml",)),
    ("metadata", "{'tags': ['mark_list']}", ("mark_list",)),
    ("metadata", "['mark_metadata']", ("mark_metadata",)),
    ("tags", "['mark_tags']", ("mark_tags",)),
    ("artifacts", "['mark_artifacts']", ("mark_artifacts",)),
    ("model_config", "'mark.yaml'", ("mark.yaml",)),
    ("model_config", "'../mark.json'", ("mark.json",)),
    ("model_config", "['mark_config']", ("mark_config",)),
    ("signature", "'mark_signature'", ("mark_signature",)),
    ("input_example", "'mark_example'", ("input_example",)),
    ("python_model", "'mark_model.py'", ("mark_model.py",)),
    ("python_model", "mark_function", ("mark_function",)),
    ("python_model", "Gone('mark_gone')", ("Gone", "mark_gone")),
    ("uv_project_path", "'here'", ("here",)),
    ("python_model", "Model(find(), mark_more=1)", ("find(", "mark_more")),
    ("artifacts", "{'w': find(), 'mark_part': 'x'}", ("find(", "mark_part")),
    ("artifacts", "COMPUTED", ("find(", "mark_inside")),
    ("code_paths", "find('mark')", ("`code_paths`", "find(")),
]
HEAD = """
import mlflow
import pandas as pd
from gone import Gone
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema
from model_code.m import Model

COMPUTED = {"a": find(), "mark_inside": 1}

def mark_function(model_input):
    return model_input

"""


def project(root: Path, text: str) -> Path:
    init = MODEL + "\n    def __init__(self, first=None):\n        pass\n"
    files = {
        "model_code/__init__.py": "", "model_code/m.py": init, "here.lst": "here_req\n",
        "here/pyproject.toml": "[project]\nname = 'x'\ndependencies = ['here_uv']\n",
        "mark_code/__init__.py": "", "mark_file": "", "package.py": HEAD + text,
    }  # fmt: skip
    return write(root, files)


def call(saver: str, name: str, given: str, number: int = 1) -> str:
    named = {name: given, "model_config": f"{{'number': {number}}}"}
    named.setdefault("python_model", "Model()")
    named = {**named, name: given}
    said = ", ".join(f"{key}={value}" for key, value in named.items())
    return f"mlflow.pyfunc.{saver}({said})\n"


def told(imported: Imported) -> str:
    return manifest_text(imported) + left(imported)


CASES = [
    *(("save_model", name, *GIVEN[name]) for name in SAVE),
    *(("log_model", name, *GIVEN[name]) for name in LOG),
    *(("log_model" if name == "tags" else "save_model", name, *more) for name, *more in OTHERS),
]


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("saver", "name", "given", "marks"), CASES)
def test_every_argument_is_carried_over_or_named(
    tmp_path: Path, saver: str, name: str, given: str, marks: tuple[str, ...], times: int
) -> None:
    text = "".join(call(saver, name, given, number) for number in range(times))
    said = told(read("script", project(tmp_path, text)))
    assert [mark for mark in marks if mark not in said] == []


@pytest.mark.parametrize("saver", ["save_model", "log_model"])
def test_arguments_by_their_place_are_too(tmp_path: Path, saver: str) -> None:
    text = f"mlflow.pyfunc.{saver}('mark_a', 'mark_b', 'mark_c', 'mark_d', ['mark_e'])\n"
    said = told(read("script", project(tmp_path, text)))
    assert [mark for mark in "abcde" if f"mark_{mark}" not in said] == []


def test_a_project_of_uvs_is_the_dependencies(tmp_path: Path) -> None:
    text = (
        "mlflow.pyfunc.save_model('m', python_model=Model(), uv_project_path='here', "
        "uv_groups=['serve'], uv_extras=['gpu'])\n"
    )
    imported = read("script", project(tmp_path, text))
    wanted = {"path": "here/pyproject.toml", "extras": ["gpu"], "groups": ["serve"]}
    assert imported.keys["dependencies"].value == {"pyproject": wanted}
    assert "uv_" not in left(imported)


@pytest.mark.slow
@pytest.mark.network
def test_mlflow_has_no_other_arguments(cache: Path) -> None:
    program = """if True:
        import inspect, json, mlflow.pyfunc as p
        kinds = (p.save_model, p.log_model)
        print(json.dumps([list(inspect.signature(each).parameters) for each in kinds]))
    """
    python = line_environment(cache, NEWEST).python
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    save, log = json.loads(done.stdout.splitlines()[-1])
    assert (tuple(save), tuple(log)) == ((*SAVE, "kwargs"), LOG)


@pytest.mark.slow
@pytest.mark.network
def test_nothing_that_running_tells_is_lost(tmp_path: Path, mlpack: Mlpack) -> None:
    given = {name: GIVEN[name] for name in (*SAVE, *LOG) if "pip_req" not in name}
    pip = f"{{'pip': ['mlflow=={NEWEST}']}}"
    real = f"{{'name': 'mark_env', 'dependencies': ['python=3.11', {pip}]}}"
    given["conda_env"] = (real, ("mark_env", '"3.11"', f"mlflow=={NEWEST}"))
    lines = HEAD.replace("find()", "1").replace("from gone import Gone\n", "")
    for saver, names in (("save_model", SAVE), ("log_model", LOG)):
        said = ", ".join(f"{name}={given[name][0]}" for name in names if name in given)
        lines += f"mlflow.pyfunc.{saver}({said})\n"
    root = write(project(tmp_path, ""), {"package.py": lines})
    done = mlpack("import", "package.py", "--run", cwd=root)
    assert done.returncode == 0, done.stderr
    told = done.stdout + done.stderr
    lost = {name: [m for m in marks if m not in told] for name, (_, marks) in given.items()}
    assert {name: marks for name, marks in lost.items() if marks} == {}
