"""Forward passes: inputs and results in every form, and every way in which a model fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlpack.adapters.models import WorkerModels
from mlpack.adapters.models.verdict import EMPTY_HOME_HINT
from mlpack.core.errors import ModelError, OutsideError
from mlpack.ports import Environment, Expectation, Isolation, Prediction, PredictRequest
from tests.adapters.models.conftest import PROJECTS

pytestmark = [pytest.mark.slow, pytest.mark.network]

ROOT = Path(__file__).resolve().parents[3]
Unruly = Callable[..., Path]


@pytest.fixture
def run(newest: Environment, models: WorkerModels, tmp_path: Path) -> Callable[..., Prediction]:
    """Predict on a package; ``payload`` is JSON content, ``isolation`` its settings."""

    def go(
        package: Path, *, payload: Any = None, isolation: Isolation | None = None, **more: Any
    ) -> Prediction:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        if payload is not None:
            more["payload"] = tmp_path / "payload.json"
            more["payload"].write_text(json.dumps(payload))
        request = PredictRequest(package=package, workdir=work, **more)
        return models.predict(newest, request, isolation or Isolation(timeout=60))

    return go


def asking(deed: str) -> dict[str, Any]:
    return {"dataframe_records": [{"text": "a"}], "params": {"deed": deed}}


FAILURES = {
    "raise_error": ("{} raised ValueError: the third weight is missing", None),
    "leave": ("{} called sys.exit(3).", None),
    "exhaust": ("{} ran out of memory (MemoryError: Unable to allocate 9.9 TiB).", None),
    "read_variable": ("{} raised KeyError: 'HF_SECRET_NAME'", EMPTY_HOME_HINT),
    "read_home": ("{} raised FileNotFoundError: ", EMPTY_HOME_HINT),
    "import_missing": (
        "unruly.deeds imports lightgbm, which is not in its dependencies.",
        "add ",
    ),
}


@pytest.mark.parametrize("deed", FAILURES)
def test_predict_fails(run: Callable[..., Prediction], unruly: Unruly, deed: str) -> None:
    message, hint = FAILURES[deed]
    with pytest.raises(ModelError) as failed:
        run(unruly(), payload=asking(deed))
    assert failed.value.message.startswith(message.format("predict"))
    assert (failed.value.hint or "").startswith(hint or "")
    assert bool(failed.value.hint) == bool(hint)


@pytest.mark.parametrize("deed", ["raise_error", "read_home"])
def test_load_context_fails(run: Callable[..., Prediction], unruly: Unruly, deed: str) -> None:
    message, _ = FAILURES[deed]
    with pytest.raises(ModelError) as failed:
        run(unruly(deed))
    assert failed.value.message.startswith(message.format("load_context"))
    assert 'File "unruly/model.py"' in (failed.value.details or "")


def test_a_process_that_ends_itself(run: Callable[..., Prediction], unruly: Unruly) -> None:
    with pytest.raises(ModelError) as failed:
        run(unruly("leave_at_once"))
    assert failed.value.message == (
        "The model ended its process (status 0) while loading the package."
    )
    assert failed.value.details == "last words"


def test_a_crash_names_its_signal(run: Callable[..., Prediction], unruly: Unruly) -> None:
    with pytest.raises(ModelError) as failed:
        run(unruly(), payload=asking("crash"))
    assert failed.value.message == ("The model crashed in native code (SIGSEGV) while predicting.")
    assert "in crash" in (failed.value.details or "")


def test_time_is_up(run: Callable[..., Prediction], unruly: Unruly) -> None:
    with pytest.raises(ModelError) as failed:
        run(unruly("hang"), isolation=Isolation(timeout=8))
    assert failed.value.message == (
        "The model was still loading the package after 8 seconds and was stopped."
    )
    assert "verify.timeout" in (failed.value.hint or "")
    details = failed.value.details or ""
    assert "hanging now" in details
    assert "in hang" in details


def test_garbage_does_no_harm(run: Callable[..., Prediction], unruly: Unruly) -> None:
    assert run(unruly(), payload=asking("babble")).preview == "['fine']"


def test_a_model_may_litter_its_home_and_working_folder(
    run: Callable[..., Prediction], unruly: Unruly, tmp_path: Path
) -> None:
    package = unruly()
    before = sorted(package.rglob("*"))
    assert run(package, payload=asking("litter")).summary == "list of 1"
    assert (tmp_path / "work" / "here.txt").read_text() == str(tmp_path / "work")
    assert sorted(package.rglob("*")) == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_the_log_of_a_failure_is_kept(newest: Environment, unruly: Unruly, tmp_path: Path) -> None:
    models = WorkerModels(tmp_path, logs=tmp_path / "logs")
    request = PredictRequest(package=unruly("leave_at_once"), workdir=tmp_path)
    with pytest.raises(ModelError) as failed:
        models.predict(newest, request, Isolation())
    [log] = (tmp_path / "logs").iterdir()
    assert str(log) in (failed.value.hint or "")
    assert "last words" in log.read_text()


def test_warnings_are_told_once_at_their_lines(
    run: Callable[..., Prediction], unruly: Unruly
) -> None:
    source = (PROJECTS / "unruly/unruly/deeds.py").read_text().splitlines()
    first = 1 + next(n for n, line in enumerate(source) if "weights are old" in line)
    package = unruly("warn")
    while_loading = run(package)
    (package / "artifacts/deed.txt").write_text("")
    while_predicting = run(package, payload=asking("warn"))
    for predicted in (while_loading, while_predicting):
        told = [(each.message, each.span and each.span.line) for each in predicted.warnings]
        assert told == [
            ("UserWarning: The weights are old.", first),
            ("DeprecationWarning: The format is old.", first + 2),
            ("far: far away", first + 4),
        ]
        assert {each.span and each.span.file for each in predicted.warnings} == {"unruly/deeds.py"}
        assert {each.severity for each in predicted.warnings} == {"warning"}


def test_variables_reach_the_model(run: Callable[..., Prediction], unruly: Unruly) -> None:
    isolation = Isolation(env={"HF_SECRET_NAME": "known"})
    predicted = run(unruly(), payload=asking("read_variable"), isolation=isolation)
    assert (predicted.summary, predicted.preview) == ("str", "'known'")


def test_output_beside_the_signature(run: Callable[..., Prediction], unruly: Unruly) -> None:
    rows = {"dataframe_records": [{"text": "a"}]}
    package = unruly()
    model = (package / "MLmodel").read_text()
    (package / "MLmodel").write_text(
        model.replace('outputs: \'[{"type": "string"', 'outputs: \'[{"type": "double"')
    )
    with pytest.raises(ModelError) as failed:
        run(package, payload=rows)
    assert failed.value.message == (
        "The output does not match the signature: column 0 contains 'fine' in row 0, not double."
    )
    assert [problem.code for problem in failed.value.problems] == ["output-dtype"]
    assert run(package, payload=rows, check_output=False).summary == "list of 1"


def test_an_expected_output(run: Callable[..., Prediction], unruly: Unruly, tmp_path: Path) -> None:
    package, recorded = unruly(), tmp_path / "expected.json"
    recorded.write_text('{"predictions": ["fine"]}')
    expectation = Expectation(file=recorded, rtol=1e-5, atol=0)
    assert run(package, expectation=expectation).summary == "list of 1"
    recorded.write_text('["better"]')
    with pytest.raises(ModelError) as failed:
        run(package, expectation=expectation)
    assert failed.value.message == (
        "The output does not match expected.json: [0] is 'fine', not 'better'."
    )


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.json", b'{"predictions": ["fine", "fine"]}\n'),
        ("r.csv", b"prediction\nfine\nfine\n"),
    ],
)
def test_results_are_written(
    run: Callable[..., Prediction], unruly: Unruly, tmp_path: Path, name: str, content: bytes
) -> None:
    rows = {"dataframe_split": {"columns": ["text"], "data": [["a"], ["b"]]}}
    run(unruly(), payload=rows, result_file=tmp_path / name)
    assert (tmp_path / name).read_bytes() == content


def test_a_payload_that_does_not_fit(run: Callable[..., Prediction], unruly: Unruly) -> None:
    with pytest.raises(ModelError) as failed:
        run(unruly(), payload={"dataframe_records": [{"text": 1}]})
    assert failed.value.message == "The input's column text contains 1, which is not a string."


def test_commands_run_with_the_environments_programs(
    newest: Environment, models: WorkerModels, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = "import os, sys; print(sys.prefix, os.environ['VIRTUAL_ENV'], os.getcwd()); sys.exit(5)"
    status = models.command(newest, ["python", "-c", code], workdir=tmp_path)
    home = newest.python.parent.parent
    assert status == 5
    assert capfd.readouterr().out == f"{home} {home} {tmp_path}\n"
    assert (
        models.command(newest, ["python", "-c", "import os; os.abort()"], workdir=tmp_path) == 134
    )
    with pytest.raises(OutsideError, match="the command nonesuch is neither"):
        models.command(newest, ["nonesuch"], workdir=tmp_path)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for children in /proc")
def test_a_model_does_not_outlive_a_killed_mlpack(
    newest: Environment, unruly: Unruly, tmp_path: Path
) -> None:
    program = (
        "from pathlib import Path; from mlpack.adapters.models import WorkerModels; "
        "from mlpack.ports import Environment, Isolation, PredictRequest; "
        f"where = Path({str(tmp_path)!r}); env = Environment(python=Path({str(newest.python)!r}), "
        "version='3'); request = PredictRequest(package=where / 'unruly', workdir=where); "
        "WorkerModels(where).predict(env, request, Isolation())"
    )
    unruly("hang")
    caller = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        logs = lambda: [log.read_text() for log in tmp_path.glob("*/log.txt")]  # noqa: E731
        wait_until(lambda: any("hanging now" in text for text in logs()))
        children = Path(f"/proc/{caller.pid}/task/{caller.pid}/children").read_text().split()
    finally:
        caller.send_signal(signal.SIGKILL)
        caller.wait()
    assert len(children) == 1
    wait_until(lambda: not Path(f"/proc/{children[0]}/cmdline").exists() or is_zombie(children[0]))


def is_zombie(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
