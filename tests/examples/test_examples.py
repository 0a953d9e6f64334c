"""The examples build with all their variants, and serve through MLflow alone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mlpack.adapters.environments import UvEnvironments
from mlpack.adapters.uv import find_uv
from mlpack.core.digest import tree_digest
from mlpack.workflow.forward_pass import environment_request, package_at
from tests.conftest import ROOT, Mlpack

pytestmark = pytest.mark.slow
NO_TORCH = "PIP_FIND_LINKS names no folder with a CPU wheel of PyTorch: the newest would be CUDA's"
WHEELS = Path(os.environ.get("PIP_FIND_LINKS", "/nonexistent"))
needs_torch = pytest.mark.skipif(not list(WHEELS.glob("torch-*+cpu*.whl")), reason=NO_TORCH)

LOAD = """
import json, sys
import mlflow.pyfunc
from mlflow.models import Model
package = sys.argv[1]
model = mlflow.pyfunc.load_model(package)
description = Model.load(package)
example = description.load_input_example(package)
params = description.load_input_example_params(package)
answer = model.predict(example, params=params)
print("ROWS", len(answer))
"""


def build(mlpack: Mlpack, name: str, where: Path) -> list[Path]:
    """Build an example in a copy of its own; return its packages."""
    project = where / name
    ignored = shutil.ignore_patterns("dist", "__pycache__")
    shutil.copytree(ROOT / "examples" / name, project, ignore=ignored)
    done = mlpack("build", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    return sorted(path for path in (project / "dist").iterdir() if path.is_dir())


def interpreter(cache: Path, package: Path) -> Path:
    """Return the interpreter of the environment that a package was proven in."""
    environments = UvEnvironments(uv=find_uv(), cache=cache)
    return environments.provide(environment_request(package_at(package))).python


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Path]:
    """The quickstart's package, moved to another folder, its project gone."""
    from tests.conftest import run_mlpack

    where = tmp_path_factory.mktemp("quickstart")
    (package,) = build(run_mlpack, "quickstart", where)
    moved = tmp_path_factory.mktemp("moved") / "somewhere else"
    shutil.move(package, moved)
    shutil.rmtree(where)
    yield moved


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("quickstart", ["quickstart"]),
        ("single_cell", ["single_cell-human", "single_cell-mouse"]),
        pytest.param("pytorch", ["pytorch"], marks=[needs_torch, pytest.mark.torch]),
    ],
)
def test_an_example_builds_and_loads_through_mlflow_alone(
    name: str, packages: list[str], tmp_path: Path, mlpack: Mlpack, cache: Path
) -> None:
    built = build(mlpack, name, tmp_path)
    assert [path.name for path in built] == packages
    for package in built:
        place = package / "input_example"
        done = subprocess.run(
            [interpreter(cache, package), "-c", LOAD, package],
            cwd=place if place.is_dir() else tmp_path,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "ROWS" in done.stdout, done.stderr


def test_the_quickstart_shows_all_that_a_manifest_describes(quickstart: Path) -> None:
    described = yaml.safe_load((quickstart / "MLmodel").read_text())
    flavor = described["flavors"]["python_function"]
    assert flavor["artifacts"]["classifier"]["path"] == "artifacts/classifier.json"
    assert flavor["artifacts"]["classifier"]["uri"] == "artifacts/classifier.json"
    assert flavor["config"] == {"unsure_label": "unsure"}
    assert described["metadata"]["tags"] == {"team": "botany", "stage": "demo"}
    assert json.loads(described["signature"]["inputs"]) == [
        {"type": "string", "name": "input_uri", "required": True}
    ]
    assert (quickstart / "input_example/data/flowers.csv").is_file()
    assert (quickstart / "code/model_code/classifier.py").is_file()


def test_conda_yaml_asks_for_what_requirements_txt_asks_for(quickstart: Path) -> None:
    conda = yaml.safe_load((quickstart / "conda.yaml").read_text())
    (pip,) = [item["pip"] for item in conda["dependencies"] if isinstance(item, dict)]
    lines = (quickstart / "requirements.txt").read_text().splitlines()
    assert pip == [line for line in lines if line]
    assert all("--hash=sha256:" in line for line in lines if "==" in line)


def test_a_moved_package_verifies_with_its_project_gone(quickstart: Path, mlpack: Mlpack) -> None:
    done = mlpack("verify", quickstart, cwd=quickstart.parent)
    assert done.returncode == 0, done.stderr
    assert "DataFrame" in done.stdout


@pytest.mark.parametrize("manager", ["uv", "local"])
def test_mlflows_own_command_predicts(
    quickstart: Path, cache: Path, tmp_path: Path, manager: str
) -> None:
    python = interpreter(cache, quickstart)
    # MLflow looks for uv on PATH.
    tools = f"{python.parent}:{find_uv().executable.parent}:{os.environ['PATH']}"
    answer = tmp_path / "answer.json"
    done = subprocess.run(
        [
            python, "-m", "mlflow", "models", "predict", "-m", quickstart,
            "-i", quickstart / "serving_input_example.json", "-o", answer,
            "--env-manager", manager,
        ],
        cwd=quickstart / "input_example",
        env={**os.environ, "PATH": tools, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(answer.read_text())["predictions"][0]["label"]


def test_mlflows_server_answers(quickstart: Path, cache: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = interpreter(cache, quickstart)
    path = f"{python.parent}:{os.environ['PATH']}"
    server = subprocess.Popen(
        [
            python, "-m", "mlflow", "models", "serve", "-m", quickstart, "-p", str(port),
            "-h", "127.0.0.1", "--env-manager", "local",
        ],
        cwd=quickstart / "input_example",
        env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        body = (quickstart / "serving_input_example.json").read_bytes()
        answer = json.loads(_post(f"http://127.0.0.1:{port}/invocations", body))
        assert answer["predictions"][0]["label"]
    finally:
        os.killpg(server.pid, 9)
        server.wait()


def _post(url: str, body: bytes) -> bytes:
    headers = {"Content-Type": "application/json"}
    deadline = time.monotonic() + 60
    while True:
        try:
            request = urllib.request.Request(url, data=body, headers=headers)
            with urllib.request.urlopen(request, timeout=30) as response:
                return bytes(response.read())
        except ConnectionError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_plain_pip_installs_the_requirements_as_servers_do(
    quickstart: Path, mlpack: Mlpack
) -> None:
    done = mlpack("verify", quickstart, "--env-manager", "pip", cwd=quickstart.parent)
    assert done.returncode == 0, done.stderr


def test_mlflows_virtualenv_manager_prepares_an_environment_that_predicts(
    quickstart: Path, mlpack: Mlpack
) -> None:
    version = yaml.safe_load((quickstart / "python_env.yaml").read_text())["python"]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    if not (root / "versions" / version).is_dir() or shutil.which("pyenv") is None:
        pytest.skip(f"pyenv has no Python {version} here, and would have to compile it")
    manager = ("--env-manager", "virtualenv")
    done = mlpack("verify", quickstart, *manager, cwd=quickstart.parent)
    assert done.returncode == 0, done.stderr
    assert "Environment ready, created by MLflow" in done.stderr
    assert "DataFrame" in done.stdout


def test_a_manager_whose_tool_is_missing_is_told(quickstart: Path, mlpack: Mlpack) -> None:
    if shutil.which("conda"):
        pytest.skip("conda is here")
    done = mlpack("-q", "verify", quickstart, "--env-manager", "conda", cwd=quickstart.parent)
    assert done.returncode == 7
    assert done.stderr == (
        "error: MLflow creates its conda environments with conda, which is not installed\n"
        "  help: install conda, or use --env-manager uv\n"
    )


def test_mlflows_local_manager_answers_and_leaves_the_package_alone(
    quickstart: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    before = tree_digest(quickstart)
    done = mlpack("verify", quickstart, "--env-manager", "local", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    assert "mlflow" not in done.stderr
    assert tree_digest(quickstart) == before


def test_predict_takes_any_payload(quickstart: Path, mlpack: Mlpack, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_bytes(
        (quickstart / "input_example/data/flowers.csv").read_bytes()
    )
    payload = tmp_path / "payload.json"
    payload.write_text(json.dumps({"dataframe_records": [{"input_uri": "mine.csv"}]}))
    answer = tmp_path / "answer.json"
    done = mlpack("predict", quickstart, "-i", payload, "-o", answer, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(answer.read_text())["predictions"]


def test_the_example_of_every_key_validates_and_builds(tmp_path: Path, mlpack: Mlpack) -> None:
    shutil.copy(ROOT / "mlpack.example.yaml", tmp_path)
    ignored = shutil.ignore_patterns("dist", "__pycache__")
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "examples/quickstart", ignore=ignored)
    assert mlpack("validate", "mlpack.example.yaml", cwd=tmp_path).returncode == 0
    done = mlpack("-f", "mlpack.example.yaml", "build", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    built = sorted(path.name for path in (tmp_path / "dist").iterdir() if path.is_dir())
    assert built == ["example-cautious", "example-plain"]
    described = yaml.safe_load((tmp_path / "dist/example-cautious/MLmodel").read_text())
    assert described["flavors"]["python_function"]["config"] == {"unsure_label": "ask a botanist"}
