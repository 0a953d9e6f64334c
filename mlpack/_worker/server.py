"""Serve tasks: one process imports MLflow once, and forks a process of its own for each task.

Orders come in and events go out as lines of JSON, on the standard streams that this process was
started with; a task gets neither. Nothing of the user's is ever imported here, only libraries of
the environment that the user's code begins with importing.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import random
import selectors
import signal
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from .captured import Heard
from .importing import uncollected
from .serving import import_server
from .task import keep_bytecode_of, run


def serve(imports: str) -> NoReturn:
    """Take orders until their end; then end whatever still runs, and this process.

    ``imports`` is a JSON list of modules, each with the names taken of it.
    """
    orders, events = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    shared = json.loads(imports)
    keep_bytecode_of(sys.prefix)
    with uncollected():
        helper = _compile_beside(shared) if _is_new() else None
        _import_mlflow()
        heard = Heard(os.devnull)
        with heard.listening():
            for module, names in shared:
                # Where it fails, this process ends, and each task fails in its own words.
                __import__(module, fromlist=names)
    # What is there now is shared by all tasks: the collector need not touch, and so copy, it. What
    # it would find to free is too little to look for.
    gc.freeze()
    _Server(orders, events, helper, heard.warnings).work()
    os._exit(0)


def _is_new() -> bool:
    """Tell whether nothing has compiled this environment's MLflow yet."""
    found = importlib.util.find_spec("mlflow")
    return found is not None and not os.path.exists(found.cached or "")  # noqa: PTH110


def _compile_beside(shared: list[tuple[str, list[str]]]) -> int | None:
    """Import on another processor what this process will come to; return that one's id.

    Compiling takes most of a first import, and what one process has compiled the other only reads.
    """
    if len(os.sched_getaffinity(0)) < 2:
        return None
    pid = os.fork()
    if pid == 0:
        try:
            # MLflow comes to pandas after a second, and to the model's own libraries never.
            for module, names in (("pandas", []), *shared):
                __import__(module, fromlist=names)
        finally:
            os._exit(0)
    return pid


def _import_mlflow() -> None:
    import mlflow.models
    import mlflow.pyfunc
    import mlflow.pyfunc.loaders.code_model
    import mlflow.pyfunc.model  # noqa: F401

    # Forward passes end in it, where the environment has its web framework.
    with contextlib.suppress(ImportError):
        import_server()


class _Server:
    def __init__(
        self, orders: int, events: int, helper: int | None, heard: Sequence[dict[str, Any]]
    ) -> None:
        self._heard = heard
        self._orders = orders
        self._events = events
        self._running: dict[int, tuple[int | None, float]] = {}
        if helper is not None:
            # Nobody asked for it, so nobody hears of its end; but it ends with this process.
            self._running[helper] = (None, 0.0)
        self._selector = selectors.DefaultSelector()
        self._wake, asleep = os.pipe()
        os.set_blocking(asleep, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(asleep, warn_on_full_buffer=False)
        self._inherited = (orders, events, self._wake, asleep)

    def work(self) -> None:
        self._selector.register(self._orders, selectors.EVENT_READ)
        self._selector.register(self._wake, selectors.EVENT_READ)
        # A forked child has only the thread that forked: with more, locks might stay locked.
        self._tell(ready=threading.active_count() == 1)
        waiting = b""
        while True:
            ready = {key.fd for key, _ in self._selector.select()}
            if self._wake in ready:
                os.read(self._wake, 4096)
            self._reap()
            if self._orders not in ready:
                continue
            received = os.read(self._orders, 1 << 16)
            if not received:
                return self._end_all()
            *lines, waiting = (waiting + received).split(b"\n")
            for line in lines:
                self._start(json.loads(line))

    def _start(self, order: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            # Python warns of threads that numpy's libraries keep, which see to forks themselves.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            self._become(order)
        with contextlib.suppress(OSError):
            os.setpgid(pid, pid)
        self._running[pid] = (order["id"], time.monotonic())
        self._tell(id=order["id"], pid=pid)

    def _become(self, order: dict[str, Any]) -> NoReturn:
        """Make this process what a fresh one would be, and do the task."""
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            for descriptor in (log, *self._inherited):
                os.close(descriptor)
            os.chdir(order["cwd"])
            os.environ.clear()
            os.environ.update(order["env"])
            time.tzset()
            tempfile.tempdir = None
            _reseed()
            run(order["request"], order["response"], self._heard)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            identity, started = self._running.pop(pid, (0, 0.0))
            with contextlib.suppress(OSError):
                os.killpg(pid, signal.SIGKILL)
            self._tell(
                id=identity,
                status=os.waitstatus_to_exitcode(status),
                seconds=time.monotonic() - started,
                peak=usage.ru_maxrss,
            )

    def _end_all(self) -> None:
        for pid in self._running:
            # A task leads a group; the helper is of this process's own, and ends with that too.
            for kill in (os.killpg, os.kill):
                with contextlib.suppress(OSError):
                    kill(pid, signal.SIGKILL)

    def _tell(self, **event: Any) -> None:
        # Whoever gave the orders may be gone.
        with contextlib.suppress(OSError):
            os.write(self._events, json.dumps(event).encode() + b"\n")


def _reseed() -> None:
    """Give this process random numbers of its own, as every process has."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
