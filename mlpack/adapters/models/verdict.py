"""From how the worker ended to the one error that the user reads."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlpack.core.errors import MlpackError, ModelError, Problem, ServingError, Span, full_disk
from mlpack.core.process import Ended
from mlpack.manifest.code import silenced

LAST_LINES = 20
# A worker that could not even write its answer, on a disk with less left than this: bytes.
_NO_ROOM = 64 << 10

STAGES = {
    "start": "starting MLflow",
    "import": "importing the model's module",
    "signature": "reading the signature's file",
    "init": "constructing the model",
    "save": "saving with MLflow",
    "load": "loading the package",
    "example": "reading the input",
    "predict": "predicting",
    "stream": "streaming",
    "output": "checking the output",
    "result": "writing the result",
    "serve": "answering its example through MLflow's scoring server",
    "script": "running the script",
    "fetch": "downloading the model",
}

EMPTY_HOME_HINT = (
    "it ran with an empty HOME and without your environment variables: set those it needs in "
    "`verify.env`, or pass them through with `verify.pass_env`"
)

# What a model says that misses its caches, its credentials, or a variable of its author's.
_SURROUNDINGS = re.compile(
    r"""
      \bHOME\b | ~/ | expanduser
    | hugging\s?face | hf_hub | \bHF_\w+ | torch[./]hub | \bhub\b
    | Connection(Error|Refused|Reset) | Max\ retries | (Temporary\ failure|Name)\ .*resol
    | Name\ or\ service\ not\ known | Network\ is\ unreachable | offline\ mode
    | No\ CUDA\ GPUs | CUDA_VISIBLE_DEVICES
    | (?-i:KeyError:\ '[A-Z][A-Z0-9_]{2,}')
    """,
    re.VERBOSE | re.IGNORECASE,
)
# MLflow's log lines, its warnings, and frames of the machinery.
_NOISE = re.compile(
    r"""
      ^\d{4}/\d\d/\d\d\ \d\d:\d\d:\d\d\ (INFO|WARNING|DEBUG)\ mlflow
    | [/\\]mlflow[/\\].*Warning:
    | File\ "[^"]*[/\\](_worker|mlflow)[/\\]
    | File\ "<frozen\s
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is left of a failed run: its answer (if any), its end, its log, its temporary HOME."""

    answer: Mapping[str, Any]
    ended: Ended
    output: str
    home: Path
    timeout: float
    kept_log: Path | None


def model_error(evidence: Evidence) -> MlpackError:
    """Return the error with the stage, the model's own words, and the way out.

    A full disk is the machine's fault, not the model's.
    """
    failure = evidence.answer.get("failure") or _unanswered(evidence)
    if failure.get("full_disk"):
        return full_disk(failure["full_disk"])
    details = last_lines(evidence.output, failure["traceback"])
    kind = ServingError if failure["stage"] == "serve" else ModelError
    error = kind(
        failure["message"],
        hint=_hint(failure, details, evidence),
        problems=[Problem(code=code, message=text) for code, text in failure["problems"]],
        details=details or None,
    )
    error.span = _span(failure.get("frame") or {})
    return error


def warnings_of(result: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return what a run warned of, without what a comment on the model's own line silences."""
    return tuple(
        Problem(
            code=told["code"],
            message=told["message"],
            span=_span(told),
            pointer=told.get("pointer", ""),
            hint=told["hint"],
            severity="warning",
        )
        for told in result["warnings"]
        if told["code"] not in silenced(told.get("source", "")).get(1, ())
    )


def _span(told: Mapping[str, Any]) -> Span | None:
    if "file" not in told:
        return None
    line, source = told["line"], told["source"].rstrip()
    begin = len(source) - len(source.lstrip()) + 1
    end = max(begin, len(source) + 1)
    return Span(file=told["file"], line=line, column=begin, end_line=line, end_column=end)


def _unanswered(evidence: Evidence) -> dict[str, Any]:
    """Describe a process that is gone without an answer: its last stage tells where."""
    stage = str(evidence.answer.get("stage", "start"))
    doing = STAGES.get(stage, "working")
    ended, hint = evidence.ended, None
    if shutil.disk_usage(evidence.home).free < _NO_ROOM:
        return {"full_disk": str(evidence.home.parent)}
    if ended.timed_out:
        message = f"The model was still {doing} after {evidence.timeout:g} seconds and was stopped."
        hint = "increase `verify.timeout`; the stack shows where it was"
    elif ended.signal_name == "SIGKILL":
        message = f"The model was killed (SIGKILL) while {doing}."
        hint = "the machine probably ran out of memory"
    elif ended.signal_name:
        message = f"The model crashed in native code ({ended.signal_name}) while {doing}."
    else:
        message = f"The model ended its process (status {ended.status}) while {doing}."
        hint = "make sure that nothing in the model calls os._exit"
    return {"stage": stage, "message": message, "hint": hint, "traceback": "", "problems": []}


def _hint(failure: Mapping[str, Any], details: str, evidence: Evidence) -> str | None:
    hints = [failure["hint"]] if failure["hint"] else []
    said = f"{failure['message']}\n{details}"
    if not hints and (str(evidence.home) in said or _SURROUNDINGS.search(said)):
        hints.append(EMPTY_HOME_HINT)
    if evidence.kept_log is not None:
        hints.append(f"the full output is in {evidence.kept_log}")
    return "; ".join(hints) or None


def last_lines(output: str, traceback: str) -> str:
    """Return the last lines that are the model's own: what it printed, then its traceback."""
    lines = [*_own_lines(output.splitlines()), *traceback.splitlines()]
    return "\n".join(lines[-LAST_LINES:]).strip("\n")


def _own_lines(lines: Iterable[str]) -> list[str]:
    kept: list[str] = []
    noise = False
    for line in lines:
        # What Python quotes below a warning or a frame goes with it.
        noise = bool(_NOISE.search(line)) or (noise and line.startswith("  "))
        if not noise:
            kept.append(_printable(line))
    return kept


def _printable(line: str) -> str:
    # A terminal must not obey what a model prints.
    shown = "".join(
        c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line
    )
    return shown if len(shown) <= 400 else shown[:399] + "…"
