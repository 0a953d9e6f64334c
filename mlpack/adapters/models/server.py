"""A process in the model's environment that has MLflow imported, and forks one for each request."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from signal import SIGKILL
from typing import Any

from mlpack.core.process import GRACE, Ended, Guard, signal_group
from mlpack.manifest.code import Imports
from mlpack.ports import (
    AdoptRequest,
    FetchRequest,
    PredictRequest,
    Question,
    RecordRequest,
    RegistryRequest,
    SaveRequest,
)

Request = SaveRequest | AdoptRequest | PredictRequest | Question

TASKS: Mapping[type, str] = {
    SaveRequest: "save",
    AdoptRequest: "adopt",
    PredictRequest: "predict",
    RecordRequest: "record",
    FetchRequest: "fetch",
    RegistryRequest: "registry",
}


def request_name(request: Request) -> str:
    """Return what a request's output is shown under: the package, or the script."""
    if isinstance(request, SaveRequest):
        return request.destination.name
    if isinstance(request, PredictRequest):
        return request.package.name
    return request.script if isinstance(request, RecordRequest) else "mlflow"


def request_text(request: Request) -> str:
    """Return the request with the name of its task, as JSON."""
    return json.dumps({"task": TASKS[type(request)], **_plain(request)})


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


# Elsewhere, system libraries do not survive a fork.
CAN_FORK = sys.platform == "linux"
# Importing them starts nothing that a fork would lose and reads no folder of the user's. Larger
# worlds (TensorFlow, JAX) start threads or keep what HOME was.
_SHARED = frozenset({"numpy", "pandas", "scipy", "sklearn", "torch"})
_READY = 0


class ServerGoneError(Exception):
    """The server died, or never came up: the task has to be run in a process of its own."""


class WorkerServer:
    """Tasks run by forks of one process; several threads may ask at once."""

    def __init__(self, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        with (cwd / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                list(argv),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                umask=0o022,
            )
        self._numbers = count(_READY + 1)
        self._writing = threading.Lock()
        self._gone = False
        self._events: dict[int, SimpleQueue[dict[str, Any] | None]] = {_READY: SimpleQueue()}
        self._ready: bool | None = None
        threading.Thread(target=self._listen, name="mlpack-worker-events", daemon=True).start()

    def run(
        self,
        paths: Mapping[str, Path],
        *,
        env: Mapping[str, str],
        timeout: float,
    ) -> Ended:
        """Run one task; ``paths`` are its ``request``, ``response``, ``log`` and ``cwd``.

        Nothing of the task outlives this call. Raises ``ServerGoneError``.
        """
        self._wait_until_ready()
        number = next(self._numbers)
        events = self._events[number] = SimpleQueue()
        places = {name: str(path) for name, path in paths.items()}
        self._order({"id": number, "env": dict(env), **places})
        pid = int(_heard(events)["pid"])
        guard = Guard(pid, timeout)
        try:
            ended = _heard(events)
        except BaseException:
            signal_group(pid, SIGKILL)
            raise
        finally:
            guard.stand_down()
            self._events.pop(number, None)
        return Ended(
            status=ended["status"],
            timed_out=guard.struck,
            seconds=ended["seconds"],
            peak_memory=ended["peak"] * 1024,
        )

    def kill(self) -> None:
        """End the server where nothing that it began is of use."""
        signal_group(self._process.pid, SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """End the server and what it runs."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        # It ends its tasks, which lead groups of their own, before itself.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.kill()

    def _wait_until_ready(self) -> None:
        with self._writing:
            if self._ready is None:
                event = self._events[_READY].get()
                self._ready = bool(event and event["ready"])
        if not self._ready:
            raise ServerGoneError

    def _order(self, order: dict[str, Any]) -> None:
        line = json.dumps(order).encode() + b"\n"
        stdin = self._process.stdin
        if self._gone or stdin is None:
            raise ServerGoneError
        try:
            with self._writing:
                stdin.write(line)
                stdin.flush()
        except OSError as error:
            raise ServerGoneError from error

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        for line in self._process.stdout:
            event = json.loads(line)
            queue = self._events.get(event.get("id", _READY))
            if queue is not None:
                queue.put(event)
        self._gone = True
        for queue in list(self._events.values()):
            queue.put(None)


def _heard(events: SimpleQueue[dict[str, Any] | None]) -> dict[str, Any]:
    event = events.get()
    if event is None:
        raise ServerGoneError
    return event


def server_key(python: Path, env: Mapping[str, str]) -> tuple[str, ...]:
    """Return what two tasks must share to be forks of one process."""
    own = {"HOME", "TMPDIR", "MLFLOW_TRACKING_URI"}
    listed = (f"{name}={value}" for name, value in sorted(env.items()) if name not in own)
    return (os.fspath(python), *listed)


def shared(imports: Imports) -> str:
    """Return as JSON those of ``imports`` that one process may make for all its forks."""
    return json.dumps([each for each in imports if each[0].partition(".")[0] in _SHARED])
