"""A forward pass on the package's own example ends in MLflow's scoring app."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpack.adapters.models import WorkerModels
from mlpack.core.errors import ModelError
from mlpack.ports import Environment, Isolation, Prediction, PredictRequest

pytestmark = [pytest.mark.slow, pytest.mark.network]


@pytest.fixture
def run(newest: Environment, models: WorkerModels, tmp_path: Path) -> Callable[..., Prediction]:
    """Predict on a package, in the test's own folder."""

    def go(package: Path, *, timeout: float = 60, payload: Path | None = None) -> Prediction:
        request = PredictRequest(package=package, workdir=tmp_path, payload=payload)
        return models.predict(newest, request, Isolation(timeout=timeout))

    return go


def served(package: Path, deed: str) -> Path:
    """Have a deed done for the server alone; return the file that asks for it."""
    example = package / "serving_input_example.json"
    asked = {**json.loads(example.read_text()), "params": {"deed": deed}}
    example.write_text(json.dumps(asked))
    return example


def test_the_answer_is_that_of_predict(
    run: Callable[..., Prediction], unruly: Callable[[], Path]
) -> None:
    package = unruly()
    assert run(package).serving == "same"
    served(package, "raise_error")
    payload = package.with_name("payload.json")
    payload.write_text('{"dataframe_records": [{"text": "a"}]}')
    assert run(package, payload=payload).serving is None


@pytest.mark.parametrize(
    ("deed", "message", "details"),
    [
        ("raise_error", "(ValueError: the third weight is missing)", 'File "unruly/deeds.py"'),
        ("leave", "predict, called again, called sys.exit(3).", "sys.exit(3)"),
        (
            "crash",
            "The model crashed in native code (SIGSEGV) while answering its example through "
            "MLflow's scoring server.",
            "in crash",
        ),
    ],
)
def test_what_only_the_server_meets_is_an_error_of_its_own(
    run: Callable[..., Prediction],
    unruly: Callable[[], Path],
    deed: str,
    message: str,
    details: str,
) -> None:
    package = unruly()
    served(package, deed)
    with pytest.raises(ModelError) as failed:
        run(package)
    assert message in failed.value.message
    assert failed.value.code == "serving-differs"
    assert details in (failed.value.details or "")


def test_the_server_has_the_time_of_the_forward_pass(
    run: Callable[..., Prediction], unruly: Callable[[], Path]
) -> None:
    package = unruly()
    served(package, "hang")
    with pytest.raises(ModelError, match="still answering its example through MLflow's") as failed:
        run(package, timeout=10)
    assert failed.value.code == "serving-differs"
