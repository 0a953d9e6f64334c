"""The predict task: load the package, feed it, and judge what comes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .agents import check_chunks, loaded_kind, streamed, without_traces
from .captured import Heard, check_rows
from .compare import check_expectation
from .failure import Refusal
from .importing import uncollected
from .inputs import predicted, requested_input
from .output import check_output
from .results import check_jsonable, preview, summary, write_result
from .serving import check_serving
from .signature import sparse_matrices_known, to_fields

Stage = Callable[[str], None]


def predict(request: dict[str, Any], stage: Stage) -> dict[str, Any]:
    """Run one forward pass; return its summary, preview, seconds and, if asked, signature."""
    with uncollected():
        import mlflow.pyfunc

    stage("load")
    start = time.perf_counter()
    heard = Heard(request["package"], request["heard"])
    with heard.listening():
        model = mlflow.pyfunc.load_model(request["package"])
    loaded = time.perf_counter()
    kind = loaded_kind(model)
    if kind is not None:
        without_traces()
    stage("example")
    fed, params = requested_input(model.metadata, request)
    stage("predict")
    begun = time.perf_counter()
    with heard.listening():
        output = _in_a_thread(lambda: predicted(model, fed, params))
    ended = time.perf_counter()
    # MLflow has held an agent's output against its own classes, which say more than its signature.
    _judge(output, model.metadata.signature if kind is None else None, request, stage)
    judged = kind is None and request["check_output"]
    rows = check_rows(fed, output, model, request["package"]) if judged else []
    with heard.listening():
        chunks = None if kind is None else _stream(model, request, stage)
    return {
        "summary": summary(output) + ("" if chunks is None else f", {len(chunks)} streamed"),
        "preview": preview(output),
        "load_seconds": loaded - start,
        "predict_seconds": ended - begun,
        "signature": _inferred(fed, output, params) if request["infer_signature"] else None,
        "warnings": heard.warnings + rows,
        "serving": _in_a_thread(lambda: check_serving(model, output, request, stage)),
    }


def _stream(model: Any, request: dict[str, Any], stage: Stage) -> list[Any] | None:
    stage("stream")
    # Read anew: MLflow's wrapper of chat models takes the messages out of what it is given.
    fed, _ = requested_input(model.metadata, request)
    chunks: list[Any] | None = _in_a_thread(lambda: streamed(model, fed))
    if chunks is not None:
        check_chunks(chunks)
    return chunks


def _in_a_thread(work: Callable[[], Any]) -> Any:
    """Do ``work`` outside the main thread, where MLflow's server predicts; raise what it raises."""
    outcome: list[tuple[Any, BaseException | None]] = []

    def catching() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=catching, name="predict", daemon=True)
    thread.start()
    thread.join()
    result, error = outcome[0]
    if error is not None:
        raise error
    return result


def _judge(output: Any, signature: Any, request: dict[str, Any], stage: Stage) -> None:
    stage("output")
    if output is None:
        raise Refusal(
            "predict returned None.", hint="return the predictions at the end of `predict`"
        )
    if request["check_output"]:
        check_jsonable(output)
        if signature is not None and signature.outputs is not None:
            check_output(output, signature.outputs)
    expectation = request["expectation"]
    if expectation is not None:
        check_expectation(
            output, Path(expectation["file"]), expectation["rtol"], expectation["atol"]
        )
    if request["result_file"] is not None:
        stage("result")
        write_result(output, Path(request["result_file"]), request["result_format"])


def _inferred(fed: Any, output: Any, params: dict[str, Any]) -> dict[str, Any] | None:
    from mlflow.models import infer_signature

    with sparse_matrices_known():
        return to_fields(infer_signature(fed, output, params or None))
