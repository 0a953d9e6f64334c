"""Packages in the registry of a real MLflow server, and back, byte for byte."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import requests

from mlpack.core.digest import tree_digest
from tests.adapters.sources.emulators import free_port, running
from tests.conftest import Mlpack, run_mlpack
from tests.throwaway import throwaway_environment
from tests.workflow.conftest import MANIFEST, write_project

pytestmark = [pytest.mark.slow, pytest.mark.network]

SERVERS = {
    "3.17.2": ["mlflow==3.17.2"],
    "2.20.0": ["mlflow==2.20.0", "setuptools<81", "sqlalchemy<2.1"],
}


@pytest.fixture(scope="session", params=SERVERS)
def server(
    request: pytest.FixtureRequest, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    python = throwaway_environment(cache, SERVERS[request.param])
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    # MLflow 2 starts its web server as a program of the environment.
    argv = ["/usr/bin/env", f"PATH={python.parent}:{os.environ['PATH']}", python, "-m", "mlflow"]
    argv += ["server", "--host", "127.0.0.1", "--port", str(port)]
    argv += ["--backend-store-uri", f"sqlite:///{folder}/db.sqlite", "--workers", "1"]
    with running([*argv, "--artifacts-destination", folder / "artifacts"], port, folder) as url:
        yield url


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, shared_lock: Path) -> Path:
    """One small package for all tests of this module."""
    root = tmp_path_factory.mktemp("built") / "project"
    write_project(root, manifest=MANIFEST + "tags: {team: botany}\n")
    (root / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    done = run_mlpack("build", cwd=root)
    assert done.returncode == 0, done.stderr
    return root


def _get(server: str, path: str, **params: str) -> dict[str, object]:
    answer = requests.get(f"{server}/api/2.0/mlflow/{path}", params=params, timeout=60)
    answer.raise_for_status()
    found: dict[str, object] = answer.json()
    return found


def test_a_package_is_registered_and_comes_back(
    server: str, built: Path, tmp_path: Path, mlpack: Mlpack, cache: Path
) -> None:
    at = ("--tracking-uri", server)
    digest = tree_digest(built / "dist/doubler").digest
    target = "models:/doubled@candidate"
    planned = mlpack("push", target, "--dry-run", *at, cwd=built)
    assert "would be pushed" in planned.stdout, planned.stderr

    pushed = mlpack("push", target, *at, "--tag", "stage=demo", "--format", "json", cwd=built)
    assert pushed.returncode == 0, pushed.stderr
    (report,) = json.loads(pushed.stdout)["pushed"]
    assert (report["status"], report["uri"]) == ("pushed", "models:/doubled/1")
    version = _get(server, "registered-models/alias", name="doubled", alias="candidate")
    found = version["model_version"]
    tags = {each["key"]: each["value"] for each in found["tags"]}
    assert tags == {
        "team": "botany",
        "stage": "demo",
        "mlpack.digest": digest,
        "mlpack.version": "1.0",
    }
    run = _get(server, "runs/get", run_id=found["run_id"])["run"]
    params = {each["key"]: each["value"] for each in run["data"]["params"]}
    assert params["class"] == "model_code.doubler:Doubler"
    assert run["info"]["status"] == "FINISHED"

    again = mlpack("push", target, *at, "--alias", "champion", cwd=built)
    assert "is already in models:/doubled@candidate" in again.stdout
    uri = "models:/doubled@champion"
    pulled = mlpack("pull", uri, "--tracking-uri", server, "-o", "here", cwd=tmp_path)
    assert pulled.returncode == 0, pulled.stderr
    assert tree_digest(tmp_path / "here") == tree_digest(built / "dist/doubler")
    record = (tmp_path / "here.intoto.json").read_bytes()
    assert record == (built / "dist/doubler.intoto.json").read_bytes()

    # A server before MLflow 3 wants a client of its own line.
    line = requests.get(f"{server}/version", timeout=60).text
    python = throwaway_environment(cache, SERVERS[line])
    program = (
        "import mlflow, pandas; m = mlflow.pyfunc.load_model('models:/doubled@champion')\n"
        "print(m.predict(pandas.DataFrame({'x': [21.0]})).x.tolist())"
    )
    loaded = subprocess.run(
        [python, "-c", program],
        env={"MLFLOW_TRACKING_URI": server, "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.stdout.strip() == "[42.0]", loaded.stderr


def test_the_same_version_with_other_content_needs_force(
    server: str, built: Path, tmp_path: Path, mlpack: Mlpack
) -> None:
    at = ("models:/other", "--tracking-uri", server)
    assert mlpack("push", *at, cwd=built).returncode == 0
    project = tmp_path / "project"
    write_project(project, model=(built / "model_code/doubler.py").read_text() + "\n# edited\n")
    (project / "mlpack.lock").write_bytes((built / "mlpack.lock").read_bytes())
    assert mlpack("build", cwd=project).returncode == 0
    refused = mlpack("push", *at, cwd=project)
    assert refused.returncode == 4
    assert "has version 1.0 of doubler with other content" in refused.stderr
    forced = mlpack("push", *at, "--force", cwd=project)
    assert "models:/other/2" in forced.stdout, forced.stderr


def test_where_there_is_no_server_the_way_out_is_named(built: Path, mlpack: Mlpack) -> None:
    nowhere = mlpack("push", "models:/doubled", cwd=built, env={"MLFLOW_TRACKING_URI": ""})
    assert nowhere.returncode == 2
    assert "set MLFLOW_TRACKING_URI, or pass --tracking-uri" in nowhere.stderr
    settings = {
        "MLFLOW_TRACKING_TOKEN": "very-secret",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    }
    uri = f"http://127.0.0.1:{free_port()}"
    down = mlpack("push", "models:/doubled", "--tracking-uri", uri, cwd=built, env=settings)
    assert down.returncode == 7, down.stderr
    assert "MLFLOW_TRACKING_URI" in down.stderr
    assert "very-secret" not in down.stderr + down.stdout


@pytest.mark.parametrize(("status", "words"), [(401, "MLFLOW_TRACKING_TOKEN"), (200, "refused")])
def test_a_server_that_refuses_or_is_another_one_is_said(
    built: Path, mlpack: Mlpack, status: int, words: str
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"<html>hello</html>")

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    other = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=other.serve_forever, daemon=True).start()
    try:
        uri = f"http://127.0.0.1:{other.server_address[1]}"
        done = mlpack("push", "models:/doubled", "--tracking-uri", uri, cwd=built)
    finally:
        other.shutdown()
        other.server_close()
    assert done.returncode == 7, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
