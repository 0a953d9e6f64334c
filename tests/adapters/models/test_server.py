"""Tasks forked off a process that has MLflow imported behave as those that are spawned."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlpack.adapters.models import WorkerModels
from mlpack.adapters.models.runner import WORKER
from mlpack.adapters.models.server import CAN_FORK, WorkerServer, request_text
from mlpack.core.errors import ModelError
from mlpack.core.process import processors
from mlpack.ports import Environment, Isolation, PredictRequest
from tests.adapters.models.conftest import scaler_request
from tests.conftest import ROOT

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(not CAN_FORK, reason="tasks are forked on Linux only"),
]
PATIENT = Isolation(timeout=60, env={"SEEN": "1"})


@pytest.fixture(scope="module")
def warm(newest: Environment) -> Iterator[WorkerModels]:
    """A runner with one server, shared by this file's tests."""
    models = WorkerModels()
    models.warm(newest, Isolation())
    yield models
    models.close()


def predict(
    models: WorkerModels,
    environment: Environment,
    package: Path,
    isolation: Isolation | None = None,
) -> str:
    request = PredictRequest(package=package, workdir=package.parent)
    return models.predict(environment, request, isolation or Isolation()).preview


@pytest.mark.parametrize(
    ("deed", "message"),
    [
        ("raise_error", "ValueError: the third weight is missing"),
        ("leave", "called sys.exit(3)"),
        ("leave_at_once", "The model ended its process (status 0)"),
        ("crash", "crashed in native code (SIGSEGV)"),
        ("read_home", "weights.bin"),
    ],
)
def test_what_a_model_does_to_its_process_stays_there(
    warm: WorkerModels, newest: Environment, unruly: Callable[[str], Path], deed: str, message: str
) -> None:
    with pytest.raises(ModelError) as refused:
        predict(warm, newest, unruly(deed))
    assert message in refused.value.message
    (server,) = warm._servers.values()
    assert server._process.poll() is None


def test_a_model_that_hangs_is_ended(
    warm: WorkerModels, newest: Environment, unruly: Callable[[str], Path]
) -> None:
    models = WorkerModels()
    isolation = Isolation(timeout=3)
    models.warm(newest, isolation)
    try:
        with pytest.raises(ModelError, match="still loading the package after 3 seconds") as found:
            predict(models, newest, unruly("hang"), isolation)
        assert "hanging now" in (found.value.details or "")
        assert "deeds.py" in (found.value.details or "")
    finally:
        models.close()


def test_a_forked_save_gives_the_bytes_of_a_spawned_one(
    warm: WorkerModels, newest: Environment, tmp_path: Path
) -> None:
    from mlpack.core.digest import tree_digest

    forked, spawned = scaler_request(tmp_path / "a"), scaler_request(tmp_path / "b")
    warm.save(newest, forked, Isolation())
    WorkerModels().save(newest, spawned, Isolation())
    assert tree_digest(forked.destination) == tree_digest(spawned.destination)


def test_tasks_of_several_threads_do_not_meet(
    warm: WorkerModels, newest: Environment, unruly: Callable[[str], Path]
) -> None:
    package = unruly("babble")

    def outcome(_: int) -> str:
        try:
            return predict(warm, newest, package)
        except ModelError as error:
            return error.message

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(outcome, range(6)))) == 1


def test_other_variables_need_another_process(newest: Environment, tmp_path: Path) -> None:
    models = WorkerModels()
    models.warm(newest, Isolation())
    models.warm(newest, Isolation())
    assert len(models._servers) == 1
    models.warm(newest, PATIENT)
    assert len(models._servers) == 2
    processes = [server._process for server in models._servers.values()]
    models.close()
    assert all(process.poll() is not None for process in processes)


def test_what_was_begun_in_a_damaged_environment_is_ended_at_once(
    newest: Environment, tmp_path: Path
) -> None:
    models = WorkerModels()
    models.warm(newest, Isolation())
    (server,) = models._servers.values()
    models.cool(Environment(python=tmp_path / "bin/python", version="3.11.0"))
    assert server._process.poll() is None
    models.cool(newest)
    assert server._process.poll() == -signal.SIGKILL
    request = scaler_request(tmp_path)
    models.save(newest, request, Isolation())
    assert (request.destination / "MLmodel").is_file()
    models.close()


@pytest.mark.parametrize(
    ("imports", "seen"),
    [
        ([], "[]"),
        ([("numpy.ma.mrecords", ("MaskedRecords",))], "['numpy.ma.mrecords']"),
        # Not among the libraries that are known to be sound to share.
        ([("tabnanny", ())], "[]"),
    ],
)
def test_tasks_share_the_imports_of_sound_libraries(
    newest: Environment,
    unruly: Callable[[str], Path],
    imports: list[tuple[str, tuple[str, ...]]],
    seen: str,
) -> None:
    models = WorkerModels()
    models.warm(newest, Isolation(), imports)
    try:
        with pytest.raises(ModelError, match=re.escape(f"imported: {seen}")):
            predict(models, newest, unruly("look_around"))
    finally:
        models.close()


@pytest.mark.skipif(processors() < 2, reason="there is no second processor to compile on")
def test_a_new_environment_is_compiled_by_two(tmp_path: Path) -> None:
    python = _environment_whose_mlflow_waits_for("pandas", tmp_path)
    for attempt in ("compiled beside", "compiled before"):
        room = tmp_path / attempt
        room.mkdir()
        server = WorkerServer([str(python), str(WORKER), "[]"], env=dict(os.environ), cwd=room)
        server._wait_until_ready()
        helpers = [line for line in (room / "server.log").read_text().splitlines() if line]
        assert helpers == (["pandas ran apart"] if attempt == "compiled beside" else [])
        server.close()


def _environment_whose_mlflow_waits_for(name: str, folder: Path) -> Path:
    """Make a small environment that is never ready unless another process compiles ``name``."""
    prefix = folder / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    (packages,) = prefix.glob("lib/python*/site-packages")
    compiled = packages / "__pycache__" / f"{name}.{sys.implementation.cache_tag}.pyc"
    (packages / f"{name}.py").write_text(f"print('{name} ran apart', flush=True)\n")
    modules = ("models", "pyfunc", "pyfunc/loaders", "pyfunc/loaders/code_model", "pyfunc/model")
    for module in modules:
        (packages / "mlflow" / module).mkdir(parents=True)
        (packages / "mlflow" / module / "__init__.py").touch()
    (packages / "mlflow/__init__.py").write_text(
        "import os, time\n"
        "deadline = time.monotonic() + 30\n"
        f"while not os.path.exists({str(compiled)!r}):\n"
        "    assert time.monotonic() < deadline\n"
        "    time.sleep(0.01)\n"
    )
    return prefix / "bin/python"


def test_an_import_that_fails_is_left_to_the_tasks(newest: Environment, tmp_path: Path) -> None:
    models = WorkerModels()
    models.warm(newest, Isolation(), [("numpy.no_such_module", ())])
    request = scaler_request(tmp_path)
    models.save(newest, request, Isolation())
    assert (request.destination / "MLmodel").is_file()
    (server,) = models._servers.values()
    assert server._process.wait() != 0
    models.close()


def test_a_server_that_dies_is_done_without(newest: Environment, tmp_path: Path) -> None:
    models = WorkerModels()
    models.warm(newest, Isolation())
    (server,) = models._servers.values()
    threading.Timer(0.3, os.kill, (server._process.pid, signal.SIGKILL)).start()
    request = scaler_request(tmp_path)
    models.save(newest, request, Isolation())
    assert (request.destination / "MLmodel").is_file()
    models.close()


def test_nothing_outlives_a_killed_mlpack(
    newest: Environment, unruly: Callable[[str], Path], tmp_path: Path
) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom mlpack.adapters.models import WorkerModels\n"
        "from mlpack.ports import Environment, Isolation, PredictRequest\n"
        "models = WorkerModels(Path(sys.argv[3]))\n"
        "environment = Environment(python=Path(sys.argv[1]), version='3.11.0')\n"
        "models.warm(environment, Isolation())\n"
        "request = PredictRequest(package=Path(sys.argv[2]), workdir=Path(sys.argv[3]))\n"
        "models.predict(environment, request, Isolation())\n"
    )
    package = unruly("hang")
    child = subprocess.Popen(
        [sys.executable, "-c", program, newest.python, package, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _until(lambda: any("hanging now" in log.read_text() for log in tmp_path.glob("*/log.txt")))
    child.kill()
    child.wait()
    _until(lambda: not _processes_in(tmp_path))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _processes_in(folder: Path) -> list[int]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"TMPDIR={folder}".encode() in (process / "environ").read_bytes():
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_what_a_shared_import_warns_of_is_heard_by_each_task(
    newest: Environment, unruly: Callable[[], Path], tmp_path: Path
) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/warner.py").write_text("import warnings\nwarnings.warn('an old world')\n")
    package = unruly()
    request = request_text(PredictRequest(package=package, workdir=tmp_path))
    (tmp_path / "request.json").write_text(request)
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "lib")}
    paths = {"request": tmp_path / "request.json", "log": tmp_path / "log", "cwd": tmp_path}
    server = WorkerServer(
        [str(newest.python), str(WORKER), '[["warner", []]]'], env=env, cwd=tmp_path
    )
    try:
        for number in range(2):
            response = tmp_path / f"response-{number}.json"
            server.run({**paths, "response": response}, env=env, timeout=60)
            told = json.loads(response.read_text())["result"]["warnings"]
            assert [each["message"] for each in told] == ["warner.py:2: UserWarning: an old world"]
    finally:
        server.close()
