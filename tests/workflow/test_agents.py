"""A package of an agent, held against what MLflow records by itself and what its servers answer."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT, run_mlpack

pytestmark = [pytest.mark.slow, pytest.mark.network]

CASE = ROOT / "tests/cases/build/responses-agent"
HELLO = {"input": [{"role": "user", "content": "hi"}]}
ITEMS = ["HELLO", "YOU SAID HI"]

# As a user of MLflow alone would save it.
BY_HAND = """
import sys
sys.path.insert(0, ".")
import mlflow.pyfunc
from mlflow.models import Model
from mlflow.models.auth_policy import AuthPolicy, UserAuthPolicy
from model_code.agent import Echo

mlflow.pyfunc.save_model(
    "by-hand",
    python_model=Echo("Hello"),
    # log_model passes metadata like this.
    mlflow_model=Model(metadata={"license": "MIT"}),
    artifacts={"words": "model_data/words.json"},
    model_config={"loud": True},
    pip_requirements=["mlflow"],
    auth_policy=AuthPolicy(user_auth_policy=UserAuthPolicy(api_scopes=["sql"])),
)
"""
# MLflow's scoring server does not stream: its server for agents does.
STREAMING = """
import mlflow
from mlflow.genai.agent_server import AgentServer, invoke, stream

agent = mlflow.pyfunc.load_model("dist/agent")
invoke()(lambda request: agent.predict(request.model_dump(exclude_none=True)))
stream()(lambda request: agent.predict_stream(request.model_dump(exclude_none=True)))
app = AgentServer("ResponsesAgent").app
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("agents") / "project"
    shutil.copytree(CASE, folder, ignore=shutil.ignore_patterns("expected.json", "__pycache__"))
    text = (CASE / "mlpack.yaml").read_text().partition("variants:")[0]
    text = text.replace("name: responses-agent", "name: agent\nmetadata: {license: MIT}")
    # The server for agents imports it, and MLflow does not ask for it.
    text = text.replace("pandas~=2.3]", "pandas~=2.3, httpx]")
    (folder / "mlpack.yaml").write_text(text)
    built = run_mlpack("build", cwd=folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_the_package_says_what_mlflow_says(project: Path) -> None:
    done = run_mlpack("-q", "run", "--", "python", "-c", BY_HAND, cwd=project)
    assert done.returncode == 0, done.stderr
    ours, theirs = (_mlmodel(project / name) for name in ("dist/agent", "by-hand"))
    for key in ("signature", "auth_policy", "saved_input_example_info", "resources"):
        assert ours.get(key) == theirs.get(key), key
    del ours["metadata"]["mlpack"]
    assert ours["metadata"] == theirs["metadata"]
    assert ours["metadata"]["task"] == "agent/v1/responses"
    flavors = [each["flavors"]["python_function"]["streamable"] for each in (ours, theirs)]
    assert flavors == [True, True]
    for name in ("input_example.json", "serving_input_example.json"):
        assert (project / "dist/agent" / name).read_bytes() == (
            project / "by-hand" / name
        ).read_bytes()


def test_there_is_no_signature_to_find(project: Path) -> None:
    done = run_mlpack("-q", "signature", cwd=project)
    assert done.returncode == 1
    assert "model_code.agent:Echo is a ResponsesAgent, whose signature MLflow sets" in done.stderr


def test_mlflows_scoring_server_answers(project: Path) -> None:
    serve = ("-m", "mlflow", "models", "serve", "-m", "dist/agent", "--env-manager", "local")
    with _served(project, *serve, "--host", "127.0.0.1") as url:
        for request in (HELLO, {**HELLO, "stream": True}):
            answer = json.loads(_posted(url, request))
            assert [item["content"][0]["text"] for item in answer["output"]] == ITEMS


def test_mlflows_server_for_agents_streams(project: Path) -> None:
    (project / "streaming.py").write_text(STREAMING)
    with _served(project, "-m", "uvicorn", "streaming:app", "--host", "127.0.0.1") as url:
        answer = json.loads(_posted(url, HELLO))
        assert [item["content"][0]["text"] for item in answer["output"]] == ITEMS
        lines = _posted(url, {**HELLO, "stream": True}).decode().split("\n\n")
    events = [line.removeprefix("data: ") for line in lines if line]
    assert events.pop() == "[DONE]"
    found = [json.loads(event) for event in events]
    assert [event["type"] for event in found] == ["response.output_item.done"] * 2
    assert [event["item"]["content"][0]["text"] for event in found] == ITEMS


def _mlmodel(package: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((package / "MLmodel").read_text())
    return found


@contextmanager
def _served(project: Path, *arguments: str) -> Iterator[str]:
    """Yield where a server on a free port answers; it is ended afterwards."""
    where = ("python", "-c", "import sys; print(sys.executable)")
    python = run_mlpack("-q", "run", "--", *where, cwd=project).stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    path = f"{Path(python).parent}{os.pathsep}{os.environ['PATH']}"
    with (project / "server.log").open("w") as log:
        server = subprocess.Popen(
            [python, *arguments, "--port", str(port)],
            cwd=project,
            env={**os.environ, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(f"{url}/health", server, project / "server.log")
        yield f"{url}/invocations"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and server.poll() is None:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.2)
    pytest.fail(f"the server did not answer:\n{log.read_text()}")


def _posted(url: str, request: dict[str, Any]) -> bytes:
    headers = {"Content-Type": "application/json"}
    asked = urllib.request.Request(url, json.dumps(request).encode(), headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        found: bytes = answer.read()
    return found
