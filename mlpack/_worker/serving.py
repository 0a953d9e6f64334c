"""The package's own serving example, answered by MLflow's scoring app in this process."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .compare import differences
from .failure import LONGEST_TEXT, Refusal, one_line
from .inputs import predicted, requested_input
from .results import finite

# As for a recorded output: the last digits of a number may depend on how threads share the work.
RTOL, ATOL = 1e-5, 1e-8
MEDIA_TYPE = "application/json"
AGAIN_HINT = (
    "make `predict` work when it is called again, in another thread, with what the server reads "
    "from `serving_input_example.json`"
)
INPUT_HINT = (
    "change `input_example`, or the signature's `inputs` and `params`, "
    "to what MLflow's server accepts"
)
DIFFERS_HINT = (
    "make `predict` depend on the values of its input alone, not on their container, "
    "the thread or earlier calls"
)
Answer = tuple[int, str]


def import_server() -> Any:
    """Return MLflow's scoring server; raise ``ImportError`` where its web framework is missing."""
    import mlflow
    from mlflow.pyfunc import scoring_server

    # Later lines of MLflow import theirs only when the app is made.
    importlib.import_module("flask" if mlflow.__version__.startswith("2.") else "fastapi")
    return scoring_server


def check_serving(
    model: Any, output: Any, request: dict[str, Any], stage: Callable[[str], None]
) -> str | None:
    """Refuse a server's answer to the package's example that differs from the prediction.

    Returns "same", "same structure" for a model that differs from itself, "skipped: reason", or
    ``None`` where the forward pass was not about the package's example.
    """
    example = _serving_example(model, request)
    if example is None:
        return None
    stage("serve")
    with _server_environment():
        try:
            server = import_server()
            app = server.init(model)
        except Exception as error:
            return f"skipped: MLflow's scoring server does not start: {one_line(error)}"
        expected = _rendered(server, output, example)
        answer = _answer(app, model, example)
    if answer == expected:
        return "same"
    found = _differences(answer, expected)
    if not found:
        return "same"
    second = _rendered(server, _predicted_again(model, request), example)
    if second == expected:
        raise _different(found)
    return _same_structure(answer, expected, second)


def _serving_example(model: Any, request: dict[str, Any]) -> str | None:
    if request["payload"] is not None or not request["check_output"]:
        return None
    name = (model.metadata.saved_input_example_info or {}).get("serving_input_path")
    path = Path(request["package"], name or "serving_input_example.json")
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _server_environment() -> Any:
    from mlflow.pyfunc.utils.environment import _simulate_serving_environment

    # The time allowed is `verify.timeout`; that of a server is set where it is started.
    os.environ.setdefault("MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT", str(10**6))
    return _simulate_serving_environment()


def _answer(app: Any, model: Any, example: str) -> str:
    """Return the text of the app's answer; refuse any other status than 200."""
    _open_streams()
    ask = _ask_wsgi if hasattr(app, "test_client") else _ask_asgi
    with _failures(model) as failures:
        try:
            status, said = ask(app, example.encode())
        except Exception as error:
            # A server says so, and logs the exception.
            status, said = 500, "Internal Server Error"
            failures.append(error)
    if status == 200:
        return said
    failure = failures[-1] if failures else None
    models_own = failure is not None and not type(failure).__module__.startswith("mlflow.")
    raise Refusal(
        "MLflow's scoring server answers the package's `serving_input_example.json` with status "
        f"{status}: {_words(said, failure if models_own else None)}",
        hint=AGAIN_HINT if models_own else INPUT_HINT,
    ) from (failure if models_own else None)


@contextlib.contextmanager
def _failures(model: Any) -> Any:
    """Yield a list of what ``model.predict`` raises meanwhile: the server only tells its text."""
    failures: list[BaseException] = []
    predict = model.predict

    @functools.wraps(predict)
    def noting(*args: Any, **kwargs: Any) -> Any:
        try:
            return predict(*args, **kwargs)
        except BaseException as error:
            failures.append(error)
            raise

    model.predict = noting
    try:
        yield failures
    finally:
        del model.predict


def _ask_wsgi(app: Any, body: bytes) -> Answer:
    app.testing = True  # Else it hides what it raises.
    answer = app.test_client().post("/invocations", data=body, content_type=MEDIA_TYPE)
    return answer.status_code, answer.get_data(as_text=True)


def _ask_asgi(app: Any, body: bytes) -> Answer:
    """Post ``body`` to ``/invocations`` as a server would, without a socket."""
    import asyncio

    requests = [{"type": "http.request", "body": body, "more_body": False}]
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        answered = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if requests:
                return requests.pop()
            await answered.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                answered.set()

        await app(_scope(len(body)), receive, send)

    asyncio.run(ask())
    parts = [message.get("body", b"") for message in sent[1:]]
    return sent[0]["status"], b"".join(parts).decode()


def _scope(length: int) -> dict[str, Any]:
    headers = {"host": "localhost", "content-type": MEDIA_TYPE, "content-length": str(length)}
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/invocations",
        "raw_path": b"/invocations",
        "root_path": "",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("localhost", 1),
        "server": ("localhost", 80),
    }


def _words(said: str, failure: BaseException | None) -> str:
    """Return the server's message on one line, with what the model raised; the middle cut out."""
    try:
        said = json.loads(said)["message"]
    except (ValueError, TypeError, KeyError):
        said = said or "(nothing)"
    text = " ".join(said.split())
    if len(text) > LONGEST_TEXT:
        # What was wrong comes last, after the data.
        text = f"{text[: LONGEST_TEXT // 4]} … {text[-LONGEST_TEXT // 2 :]}"
    return f"{text} ({one_line(failure)})" if failure is not None else text


def _rendered(server: Any, output: Any, example: str) -> str:
    """Return a prediction as the server writes it in its answer to ``example``."""
    unwrapped = server.is_unified_llm_input(json.loads(example))
    render = server.unwrapped_predictions_to_json if unwrapped else server.predictions_to_json
    text = io.StringIO()
    render(output, text)
    return text.getvalue()


def _open_streams() -> None:
    """Open again what the model closed: a server's first request finds both streams open."""
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        if getattr(getattr(sys, name), "closed", False):
            stream = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)


def _predicted_again(model: Any, request: dict[str, Any]) -> Any:
    _open_streams()
    return predicted(model, *requested_input(model.metadata, request))


def _differences(answer: str, expected: str) -> list[str]:
    return differences(finite(json.loads(answer)), finite(json.loads(expected)), RTOL, ATOL)


def _different(found: list[str]) -> Refusal:
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return Refusal(
        "MLflow's scoring server answers the package's `serving_input_example.json` differently "
        f"than `predict` called directly: {found[0]}{more}",
        hint=DIFFERS_HINT,
    )


def _same_structure(answer: str, first: str, second: str) -> str:
    """Refuse another structure than that of two predictions which differ from each other."""
    structure = _structure(json.loads(first))
    if structure == _structure(json.loads(second)):
        found = differences(_structure(json.loads(answer)), structure, RTOL, ATOL)
        if found:
            raise _different(found)
    return "same structure"


def _structure(value: Any) -> Any:
    """Return ``value`` with the kind of each string, number and boolean in its place."""
    if isinstance(value, dict):
        return {key: _structure(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_structure(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return "number"
    return value if value is None else type(value).__name__
