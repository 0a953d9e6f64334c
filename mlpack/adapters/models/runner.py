"""Run the worker by path inside the model's environment, and judge it by its answer."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlpack.adapters.models.cleanroom import clean_environment
from mlpack.adapters.models.mlflow_command import run_mlflow
from mlpack.adapters.models.server import (
    CAN_FORK,
    Request,
    ServerGoneError,
    WorkerServer,
    request_name,
    request_text,
    server_key,
    shared,
)
from mlpack.adapters.models.terminal import run_on_terminal
from mlpack.adapters.models.verdict import Evidence, model_error, warnings_of
from mlpack.core.errors import ModelError, OutsideError
from mlpack.core.process import Ended, run_child
from mlpack.manifest.code import Imports
from mlpack.ports import (
    AdoptRequest,
    Environment,
    Isolation,
    Prediction,
    PredictRequest,
    Question,
    SavedModel,
    SaveRequest,
)
from mlpack.storage.staging import scratch_folder

WORKER = Path(__file__).resolve().parents[2] / "_worker"


Heard = Callable[[str, str], object]
"""Hears the name of a package or script, and what a process for it printed."""


class WorkerModels:
    """A ``ModelRunner`` with one process a task, each in a clean room of its own.

    ``scratch`` is where rooms are made (the system's temporary folder by default; keep it short,
    sockets live in it); ``logs``, if given, keeps the whole output of a model that failed, and
    ``heard`` is told what each process printed.
    """

    def __init__(
        self, scratch: Path | None = None, *, logs: Path | None = None, heard: Heard | None = None
    ) -> None:
        self._scratch = scratch
        self._logs = logs
        self._heard = heard
        self._servers: dict[tuple[str, ...], WorkerServer] = {}
        self._rooms = contextlib.ExitStack()
        self._starting = threading.Lock()

    def warm(self, environment: Environment, isolation: Isolation, imports: Imports = ()) -> None:
        """Begin to import MLflow, for tasks in this environment to start at once.

        Each still has a process, a HOME and folders of its own: it is forked off one that has
        imported MLflow and, of ``imports``, the libraries that are known to be sound to share.
        """
        if not CAN_FORK:
            return
        with self._starting:
            room = self._rooms.enter_context(_room(self._scratch))
            variables = _variables(environment, room, isolation)
            key = server_key(environment.python, variables)
            if key not in self._servers:
                argv = [str(environment.python), str(WORKER), shared(imports)]
                # A server that cannot start is one that tasks do without.
                with contextlib.suppress(OSError):
                    self._servers[key] = WorkerServer(argv, env=variables, cwd=room)

    def cool(self, environment: Environment) -> None:
        """End what ``warm`` began in this environment, waiting for nothing."""
        with self._starting:
            for key in tuple(self._servers):
                if key[0] == os.fspath(environment.python):
                    self._servers.pop(key).kill()

    def close(self) -> None:
        """End what ``warm`` began."""
        with self._starting:
            for server in self._servers.values():
                server.close()
            self._servers.clear()
            self._rooms.close()

    def save(
        self, environment: Environment, request: SaveRequest | AdoptRequest, isolation: Isolation
    ) -> SavedModel:
        """Write an MLflow model to ``request.destination``: a new one, or one saved before.

        A pickle is made twice, in two processes, and refused where they differ. Raises
        ``ModelError``; nothing is left at the destination then.
        """
        try:
            result, _ = self._run(environment, request, isolation)
            if isinstance(request, SaveRequest) and request.serialization == "pickle":
                self._check_stable(environment, request, isolation)
        except BaseException:
            shutil.rmtree(request.destination, ignore_errors=True)
            raise
        return SavedModel(
            signature=result["signature"],
            mlflow_version=result["mlflow_version"],
            agent=result["agent"],
            warnings=warnings_of(result),
        )

    def predict(
        self, environment: Environment, request: PredictRequest, isolation: Isolation
    ) -> Prediction:
        """Load the package and run one forward pass; raises ``ModelError``."""
        result, ended = self._run(environment, request, isolation, workdir=request.workdir)
        told = {**result, "warnings": warnings_of(result)}
        return Prediction(peak_memory=ended.peak_memory, **told)

    def examine(
        self,
        environment: Environment,
        request: Question,
        isolation: Isolation,
        workdir: Path,
    ) -> Mapping[str, Any]:
        """Run what is asked for; return what it told, as plain data. Raises ``ModelError``."""
        result, _ = self._run(environment, request, isolation, workdir=workdir, apart=True)
        return result

    def mlflow(
        self,
        environment: Environment,
        arguments: Sequence[str],
        *,
        workdir: Path,
        isolation: Isolation | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run MLflow's own command line; raises ``ModelError`` with its last lines."""
        with _room(self._scratch) as room:
            try:
                run_mlflow(
                    environment,
                    arguments,
                    room=room,
                    workdir=workdir,
                    isolation=isolation,
                    variables=variables or {},
                )
            finally:
                self._tell("mlflow", room)

    def command(self, environment: Environment, argv: Sequence[str], *, workdir: Path) -> int:
        """Run ``argv`` on this terminal, as ``run_on_terminal`` does; return its status."""
        return run_on_terminal(environment, argv, workdir=workdir)

    def _check_stable(
        self, environment: Environment, request: SaveRequest, isolation: Isolation
    ) -> None:
        with _room(self._scratch) as room:
            again = replace(request, destination=room / "again")
            # Two forks of one process would agree on what each process makes anew.
            self._run(environment, again, isolation, apart=True)
            pickles = [
                folder / "python_model.pkl" for folder in (request.destination, room / "again")
            ]
            if pickles[0].read_bytes() != pickles[1].read_bytes():
                raise ModelError(
                    f"{request.qualname} does not pickle reproducibly: its instance contains "
                    "something that differs in each process.",
                    hint="keep times, random numbers, paths and sets of objects out of __init__; "
                    "or use `build: {serialization: code}`",
                )

    def _run(
        self,
        environment: Environment,
        request: Request,
        isolation: Isolation,
        workdir: Path | None = None,
        *,
        apart: bool = False,
    ) -> tuple[dict[str, Any], Ended]:
        with _room(self._scratch) as room:
            (room / "request.json").write_text(request_text(request), encoding="utf-8")
            try:
                ended = self._work(environment, room, isolation, workdir or room / "work", apart)
            finally:
                self._tell(request_name(request), room)
            answer = _answer(room / "response.json")
            if answer.get("ok"):
                return answer["result"], ended
            raise model_error(
                Evidence(
                    answer=answer,
                    ended=ended,
                    output=_log_text(room / "log.txt"),
                    home=room / "home",
                    timeout=isolation.timeout,
                    kept_log=self._keep_log(room, answer),
                )
            )

    def _work(
        self,
        environment: Environment,
        room: Path,
        isolation: Isolation,
        workdir: Path,
        apart: bool,
    ) -> Ended:
        """Run the task of a room: forked off a server where there is one, else spawned."""
        variables = _variables(environment, room, isolation)
        server = self._servers.get(server_key(environment.python, variables))
        if server is not None and not apart:
            paths = {"request": room / "request.json", "response": room / "response.json"}
            paths |= {"log": room / "log.txt", "cwd": workdir}
            with contextlib.suppress(ServerGoneError):
                return server.run(paths, env=variables, timeout=isolation.timeout)
        return _spawned(environment, room, variables, workdir, isolation.timeout)

    def _tell(self, name: str, room: Path) -> None:
        if self._heard is not None:
            self._heard(name, _log_text(room / "log.txt"))

    def _keep_log(self, room: Path, answer: dict[str, Any]) -> Path | None:
        if self._logs is None:
            return None
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="model-", suffix=".log", dir=self._logs)
            with os.fdopen(handle, "wb") as kept, (room / "log.txt").open("rb") as log:
                shutil.copyfileobj(log, kept)
                kept.write(str((answer.get("failure") or {}).get("traceback", "")).encode() + b"\n")
        except OSError:
            # The model's own failure is what counts.
            return None
        return Path(name)


@contextlib.contextmanager
def _room(scratch: Path | None) -> Iterator[Path]:
    """Yield a new folder with an empty home, temporary and working folder; remove it afterwards."""
    with scratch_folder(scratch) as room:
        for folder in ("home", "tmp", "work"):
            (room / folder).mkdir()
        yield room


def _variables(environment: Environment, room: Path, isolation: Isolation) -> dict[str, str]:
    return clean_environment(
        python=environment.python,
        home=room / "home",
        temporary=room / "tmp",
        isolation=isolation,
        caller=os.environ,
    )


def _spawned(
    environment: Environment, room: Path, variables: dict[str, str], workdir: Path, timeout: float
) -> Ended:
    """Run the task of a room in a new process."""
    argv = [f"{environment.python}", f"{WORKER}", f"{room}/request.json", f"{room}/response.json"]
    try:
        return run_child(argv, env=variables, cwd=workdir, log=room / "log.txt", timeout=timeout)
    except OSError as error:
        raise OutsideError(f"the model's interpreter cannot be started: {error}") from error


def _log_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _answer(path: Path) -> dict[str, Any]:
    try:
        answer = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
