"""MLflow's scoring app answers the package's own example, under each line of MLflow."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.lines import environment

pytestmark = [pytest.mark.slow, pytest.mark.network]

HERE = Path(__file__).parent
WORKER = HERE.parent.parent / "mlpack" / "_worker"
# MLflow 3.1 asks for any FastAPI, and its server does not start with the later ones.
LINES = {
    "2.20": ("mlflow==2.20.0",),
    "3.1": ("mlflow==3.1.0", "fastapi<0.116"),
    "3.17": ("mlflow==3.17.2",),
}
WITHOUT = {
    "2.20 without Flask": ("mlflow-skinny==2.20.0", "pandas<3", "numpy<3"),
    "3.1 with a later FastAPI": ("mlflow-skinny==3.1.0", "pandas<3", "numpy<3", "starlette>=1"),
}
ANSWERS = "MLflow's scoring server answers the package's `serving_input_example.json` "
DIFFERS = f"{ANSWERS}differently than `predict` called directly: "
UNEXPECTED = (
    "Encountered an unexpected error while evaluating the model. Verify that the serialized input "
    "Dataframe is compatible with the model for inference."
)
FOUND = {
    "frame": "same",
    "not finite": "same",
    "times": "same",
    "mapping": "same",
    "tensor": "same",
    "messages": "same",
    "rounding": "same",
    "counting": "same structure",
    "random": "same structure",
    "random lengths": "same structure",
    "leaves": "left with 3",
    "no example": "not asked",
    "payload": "not asked",
    "predict": "not asked",
}
REFUSED = {
    "served otherwise": (
        f"{DIFFERS}predictions[0].y is 2.0, not 1.0 (and 1 more)",
        "make `predict` depend on the values of its input alone, ",
        None,
    ),
    "random and served otherwise": (
        f"{DIFFERS}predictions has z, which is new",
        "make `predict` depend on the values of its input alone, ",
        None,
    ),
    "once": (
        f"{ANSWERS}with status 400: {UNEXPECTED} (RuntimeError: used up)",
        "make `predict` work when it is called again, ",
        "RuntimeError",
    ),
    "no json": (
        f"{ANSWERS}with status 500: Internal Server Error "
        "(TypeError: Object of type object is not JSON serializable)",
        "make `predict` work when it is called again, ",
        "TypeError",
    ),
    "refused": (
        f"{ANSWERS}with status 400: Failed to predict data ' other 0 1.0 1 2.0'. Error: Failed to "
        "enforce schema of data ' other 0 1.0 1 2.0' with schema '['x': double (required)]'. "
        "Error: Model is missing inputs ['x']. Note that there were extra inputs: ['other']",
        "change `input_example`, or the signature's `inputs` and `params`, ",
        None,
    ),
}


@functools.cache
def found(cache: Path, requirements: tuple[str, ...], *cases: str) -> dict[str, Any]:
    python = environment(cache, requirements).python
    with tempfile.TemporaryDirectory() as room:
        answers = Path(room, "answers.json")
        command = [python, HERE / "serving_probe.py", WORKER, answers, *cases]
        subprocess.run(command, cwd=room, check=True, capture_output=True)
        answered: dict[str, Any] = json.loads(answers.read_text())
    return answered


@pytest.mark.parametrize("case", FOUND)
@pytest.mark.parametrize("line", LINES)
def test_what_the_server_answers(cache: Path, line: str, case: str) -> None:
    assert found(cache, LINES[line])[case] == FOUND[case]


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("line", LINES)
def test_what_is_refused_in_the_servers_words(cache: Path, line: str, case: str) -> None:
    message, hint, cause = found(cache, LINES[line])[case]
    assert message.rstrip(".") == REFUSED[case][0]
    assert hint.startswith(REFUSED[case][1])
    assert cause == REFUSED[case][2]


@pytest.mark.parametrize("kind", WITHOUT)
def test_a_server_that_does_not_start_is_skipped(cache: Path, kind: str) -> None:
    said = found(cache, WITHOUT[kind], "frame")["frame"]
    assert said.startswith("skipped: MLflow's scoring server does not start: ")
    assert ("flask" in said) == ("Flask" in kind)
