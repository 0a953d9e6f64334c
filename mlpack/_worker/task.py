"""Read the request, do its task, write the answer; how the process ends says nothing."""

from __future__ import annotations

import contextlib
import faulthandler
import importlib.machinery
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from .adopt import adopt
from .failure import Refusal, describe, one_line
from .predict import predict
from .recorder import record
from .registry import registry
from .save import save

Stage = Callable[[str], None]


def fetch(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Download ``uri`` below ``destination``; return where it lies."""
    import mlflow.artifacts

    stage("fetch")
    destination = Path(request["destination"])
    destination.mkdir(parents=True, exist_ok=True)
    try:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=request["uri"], dst_path=str(destination)
        )
    except Exception as error:
        raise Refusal(
            f"{request['uri']} cannot be fetched: {one_line(error)}",
            hint="MLFLOW_TRACKING_URI and MLFLOW_REGISTRY_URI say where MLflow looks",
        ) from None
    return {"path": str(path), "mlflow_version": mlflow.__version__}


TASKS: dict[str, Callable[[dict[str, Any], Stage], dict[str, Any]]] = {
    "save": save,
    "adopt": adopt,
    "predict": predict,
    "record": record,
    "fetch": fetch,
    "registry": registry,
}


class Answer:
    """The response file: a bare stage while at work, the outcome at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reached = "start"

    def stage(self, name: str) -> None:
        """Note how far the work is: a process that dies unanswered leaves this behind."""
        self.reached = name
        self.write({"stage": name})

    def write(self, content: dict[str, Any]) -> None:
        """Replace the response whole, so that no reader sees half of it."""
        beside = self.path.with_name(self.path.name + ".part")
        beside.write_text(json.dumps(content), encoding="utf-8")
        beside.replace(self.path)


def run(request_path: str, response_path: str, heard: Sequence[dict[str, Any]] = ()) -> NoReturn:
    """Do the one task of ``request_path`` and end the process.

    ``heard`` is what libraries warned of that were imported for it beforehand.
    """
    # The stack at a crash, or at the end of the time allowed, is the model's last word.
    faulthandler.enable(file=sys.__stderr__ or 2)
    faulthandler.register(signal.SIGTERM, file=sys.__stderr__ or 2, chain=True)
    _die_with_parent(os.getppid())
    keep_bytecode_of(sys.prefix)
    answer = Answer(Path(response_path))
    request = {**json.loads(Path(request_path).read_text(encoding="utf-8")), "heard": heard}
    try:
        result = TASKS[request["task"]](request, answer.stage)
    except BaseException as error:
        answer.write({"ok": False, "failure": describe(error, answer.reached, request)})
    else:
        answer.write({"ok": True, "result": result})
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    # Threads and exit hooks that the model leaves behind have no say any more.
    os._exit(0)


def keep_bytecode_of(environment: str) -> None:
    """Let imports from the environment leave bytecode there, and from nowhere else.

    Without it every run compiles MLflow anew, which takes five times as long as importing it; a
    ``__pycache__`` beside the user's code would end in the package.
    """
    loader = importlib.machinery.SourceFileLoader
    write = loader.set_data

    def set_data(self: Any, path: str, data: bytes, *, _mode: int = 0o666) -> None:
        if os.fsdecode(path).startswith(environment + os.sep):
            write(self, path, data, _mode=_mode)

    loader.set_data = set_data  # type: ignore[method-assign, assignment]
    sys.dont_write_bytecode = False


def _flush(stream: Any) -> None:
    # The model may have closed or replaced it.
    with contextlib.suppress(Exception):
        stream.flush()


def _die_with_parent(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, name="mlpack-parent-watch", daemon=True).start()
