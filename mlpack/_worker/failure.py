"""Turn whatever went wrong into one sentence, a way out, and the frames that are the user's."""

from __future__ import annotations

import errno
import linecache
import os
import re
import shutil
import sys
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any

from .causes import artifact_read, missing_agent, missing_module

HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
LONGEST_TEXT = 400


class Refusal(Exception):  # noqa: N818 - the house's word
    """The worker's own verdict: ``message`` one sentence, ``hint`` the way out.

    ``problems`` are ``(code, message)`` pairs where several things are wrong at once.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, problems: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.problems = problems


def describe(error: BaseException, stage: str, request: dict[str, Any]) -> dict[str, Any]:
    """Return ``stage``, ``message``, ``hint``, ``traceback`` and ``problems`` of a failure."""
    error = _judged(error, stage)
    if isinstance(error, Refusal):
        cause = error.__cause__
        return {
            "stage": stage,
            "message": error.message,
            "hint": error.hint,
            "traceback": _trimmed(_unwrapped(cause), request) if cause is not None else "",
            "problems": [list(problem) for problem in error.problems],
            "full_disk": _full_disk(cause),
            "frame": None if cause is None else _own_frame(_unwrapped(cause), request),
        }
    full = _full_disk(error)
    error = _unwrapped(error)
    message, hint = _sentence(error, stage, request)
    if read := artifact_read(error, request, message):
        message = f"{message.rstrip('.')}. {read}"
    return {
        "stage": stage,
        "message": message,
        "hint": hint,
        "traceback": _trimmed(error, request),
        "problems": [],
        "full_disk": full,
        "frame": _own_frame(error, request),
    }


def _judged(error: BaseException, stage: str) -> BaseException:
    """Turn MLflow's verdict on what an agent returned into ours: nothing in the model raised it."""
    doing = {"predict": "predict", "stream": "predict_stream"}.get(stage)
    _, invalid, said = str(error).partition("Model returned an invalid response. ")
    if doing is None or not invalid:
        return error
    said = " ".join(said.partition("For further information")[0].split())
    return Refusal(
        f"{doing} returned an invalid response. {said[:LONGEST_TEXT]}",
        hint="return one of MLflow's own response objects, or a mapping with the same keys",
    )


def _full_disk(error: BaseException | None) -> str | None:
    """Return which file found no room on its disk, if that is what went wrong."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            # A copy names its source first.
            return os.fsdecode(error.filename2 or error.filename or "a file")
        # A folder's copy gathers what went wrong with its files, as texts.
        if isinstance(error, shutil.Error) and f"[Errno {errno.ENOSPC}]" in str(error):
            return str(error.args[0][0][1])
        error = error.__cause__ or error.__context__
    return None


def one_line(error: BaseException) -> str:
    """Return ``Type: text`` on one line, shortened."""
    text = " ".join(str(error).split())
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - 1] + "…"
    name = type(error).__name__
    return f"{name}: {text}" if text else name


def _sentence(error: BaseException, stage: str, request: dict[str, Any]) -> tuple[str, str | None]:
    if agent := missing_agent(error):
        return agent
    if isinstance(error, ModuleNotFoundError) and error.name:
        return missing_module(error, _code_roots(request))
    doing = _doing(error, stage, request)
    if isinstance(error, SystemExit):
        return f"{doing} called sys.exit({error.code!r}).", None
    if isinstance(error, MemoryError):
        return f"{doing} ran out of memory ({one_line(error)}).", None
    if stage in {"predict", "example"} and _is_mlflows(error):
        way_out = _PANDAS_HINT if _PANDAS in str(error) else _SIGNATURE_HINT
        return f"The input does not match the signature: {_text(error)}", way_out
    hint = _label_hint(error, stage) or _thread_hint(str(error), stage)
    return f"{doing} raised {one_line(error)}", hint


# What Python says in a thread that is not the main one; 3.10 to 3.13 word it alike.
_THREAD_HINTS = {
    "no current event loop in thread": "MLflow's server predicts in a thread that has no event "
    "loop: use `asyncio.run(...)` in `predict`",
    "signal only works in main thread": "MLflow's server predicts outside the main thread, where "
    "Python cannot set signal handlers: remove the call from `predict`",
}


def _thread_hint(said: str, stage: str) -> str | None:
    if stage not in {"predict", "stream"}:
        return None
    return next((hint for words, hint in _THREAD_HINTS.items() if words in said), None)


def _label_hint(error: BaseException, stage: str) -> str | None:
    """Return the way out where a table is asked for columns by numbers."""
    if stage != "predict" or not isinstance(error, KeyError) or not _is_pandas(error):
        return None
    key = error.args[0] if error.args else None
    if not isinstance(key, int) and not re.search(r"dtype='int.* in the \[columns\]", str(key)):
        return None
    return (
        "MLflow uses strings as the column names of `model_input`: look them up as strings, or "
        "start with `model_input = model_input.set_axis([int(name) for name in model_input], "
        "axis=1)`"
    )


def _is_pandas(error: BaseException) -> bool:
    """Tell whether pandas itself raised the error."""
    *_, last = _frames(error)
    return str(last.f_globals.get("__name__", "")).partition(".")[0] == "pandas"


# MLflow 3.1 and older, of a string inside an object.
_PANDAS = "Expected type string, received type str"
_PANDAS_HINT = "this MLflow cannot check strings with pandas 3: add `pandas<3` to `dependencies`"
_SIGNATURE_HINT = (
    "change `input_example` (or the payload), or the signature's `inputs` and `params`"
)


def _text(error: BaseException) -> str:
    return one_line(error).partition(": ")[2] or type(error).__name__


def _doing(error: BaseException, stage: str, request: dict[str, Any]) -> str:
    names = {frame.f_code.co_name for frame in _frames(error) if is_users(frame)}
    reference = request.get("qualname", "the class")
    if "load_context" in names and stage in {"load", "save", "predict"}:
        return "load_context"
    return {
        "start": "Starting MLflow",
        "import": f"Importing {request.get('module')}",
        "signature": "Reading the signature",
        "init": f"{reference}.__init__",
        "save": "Saving with MLflow",
        "load": "Loading the package",
        "example": "Reading the input",
        "predict": "predict",
        "stream": "predict_stream",
        "output": "Checking the output",
        "serve": "predict, called again,",
        "result": "Writing the result",
        "script": f"Running {request.get('script')}",
        "fetch": f"Downloading {request.get('uri')}",
    }.get(stage, stage)


def _frames(error: BaseException) -> Iterator[FrameType]:
    for frame, _ in traceback.walk_tb(error.__traceback__):
        yield frame


def is_users(frame: FrameType) -> bool:
    """Tell whether a frame is neither the worker's, nor MLflow's, nor the import machinery's."""
    return not _is_machinery(frame.f_code.co_filename)


def _is_machinery(filename: str) -> bool:
    mlflow = sys.modules.get("mlflow")
    home = os.path.dirname(getattr(mlflow, "__file__", None) or "/nowhere/")  # noqa: PTH120
    return filename.startswith((HERE + os.sep, home + os.sep, "<frozen", "<string>"))


def _is_mlflows(error: BaseException) -> bool:
    return type(error).__module__.startswith("mlflow.") and not any(
        is_users(frame) for frame in _frames(error)
    )


def _unwrapped(error: BaseException) -> BaseException:
    # MLflow wraps what a models-from-code script raises; the user's own error is its cause.
    while (
        type(error).__module__.startswith("mlflow.")
        and error.__cause__ is not None
        and any(is_users(frame) for frame in _frames(error.__cause__))
    ):
        error = error.__cause__
    return error


def _code_roots(request: dict[str, Any]) -> list[str]:
    if request["task"] == "predict":
        return [os.path.join(request["package"], "code"), request["package"]]  # noqa: PTH118
    if request["task"] == "record":
        return [request["folder"]]
    return [os.path.dirname(path) for path in request.get("code_paths", ())]  # noqa: PTH120


def _trimmed(error: BaseException, request: dict[str, Any]) -> str:
    report = traceback.TracebackException(type(error), error, error.__traceback__)
    if not any(is_users(frame) for frame in _frames(error)):
        return "".join(report.format_exception_only()).rstrip()
    seen: set[int] = set()
    waiting: list[traceback.TracebackException | None] = [report]
    while waiting:
        part = waiting.pop()
        if part is None or id(part) in seen:
            continue
        seen.add(id(part))
        part.stack = _users_part(part.stack, _code_roots(request))
        waiting += [part.__cause__, part.__context__]
    return "".join(report.format()).rstrip()


def _own_frame(error: BaseException, request: dict[str, Any]) -> dict[str, Any] | None:
    """Return the last line of the model's own code that an error passed through, if any."""
    steps = [
        (frame.f_code.co_filename, line) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        steps.append((error.filename, error.lineno or 1))
    roots = _code_roots(request)
    for filename, line in reversed(steps):
        file = shortened(filename, roots)
        if file != filename and not _is_machinery(filename):
            return {"file": file, "line": line, "source": linecache.getline(filename, line)}
    return None


def _users_part(stack: traceback.StackSummary, roots: list[str]) -> traceback.StackSummary:
    kept = [frame for frame in stack if not _is_machinery(frame.filename)]
    return traceback.StackSummary.from_list(
        [(shortened(f.filename, roots), f.lineno or 0, f.name, f.line) for f in kept]
    )


def counted(count: int, noun: str) -> str:
    """Return such as ``1 row`` or ``2 rows``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def shortened(filename: str, roots: list[str]) -> str:
    """Return a file's path below the first of ``roots`` that it is in, else as it is."""
    for root in roots:
        if filename.startswith(root + os.sep):
            return filename[len(root) + 1 :]
    return filename
