"""`mlpack predict` between pipes and files: every format in, every format out, nothing unsaid."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Mlpack
from tests.lines import environment
from tests.workflow.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.network]

MODEL = """
import mlflow
import pandas


class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        print("a word of the model's own")
        if len(model_input) == 1 and model_input["x"][0] == 7:
            return pandas.DataFrame({"x": range(200_000)})
        return model_input[["x"]] * 2
"""
ANSWER = {"predictions": [{"x": 2.0}, {"x": 5.0}]}


@pytest.fixture(scope="module")
def model(cache: Path, tmp_path_factory: pytest.TempPathFactory, shared_lock: Path) -> Path:
    """A package whose model prints, and for a lone 7 predicts 200,000 rows."""
    from tests.conftest import run_mlpack
    from tests.workflow.conftest import write_project

    root = write_project(tmp_path_factory.mktemp("pipes") / "project", model=MODEL)
    (root / "mlpack.lock").write_bytes(shared_lock.read_bytes())
    built = run_mlpack("-q", "build", cwd=root)
    assert built.returncode == 0, built.stderr
    return root / "dist/doubler"


def piped(command: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's pipeline in which ``mlpack`` is the program."""
    program = f'mlpack() {{ "{sys.executable}" -m mlpack "$@"; }}; set -o pipefail; '
    return subprocess.run(
        ["bash", "-c", program + command],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x\n1\n2.5\n", "CSV"),
        ('{"x": 1}\n{"x": 2.5}\n', "JSON lines"),
        ('{"dataframe_split": {"columns": ["x"],\n "data": [[1], [2.5]]}}', "JSON"),
        ('{"dataframe_records": [{"x": 1}, {"x": 2.5}], "params": {}}', "JSON"),
        ('{"inputs": {"x": [1, 2.5]}}', "JSON"),
        ('{"instances": [{"x": 1}, {"x": 2.5}]}', "JSON"),
        ('[{"x": 1}, {"x": 2.5}]', "JSON"),
    ],
)
def test_standard_input_is_read_in_the_format_that_it_has(
    content: str, said: str, model: Path, mlpack: Mlpack
) -> None:
    done = mlpack("predict", model, "-i", "-", input=content)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ANSWER
    assert f"Input: standard input ({said})" in done.stderr


def test_a_stated_format_counts_more_than_what_is_found(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "rows.txt").write_text('{"x": 1}\n')
    one = mlpack("predict", model, "-i", tmp_path / "rows.txt")
    assert "Input: rows.txt (JSON)" in one.stderr
    assert one.returncode == 0, "a single line is a mapping of columns, too"
    lines = mlpack("predict", model, "-i", tmp_path / "rows.txt", "--input-format", "jsonl")
    assert "Input: rows.txt (JSON lines)" in lines.stderr
    assert json.loads(lines.stdout) == {"predictions": [{"x": 2.0}]}


def test_every_format_goes_out_and_comes_back_in(model: Path, mlpack: Mlpack, cache: Path) -> None:
    root = model.parent.parent
    (root / "in.csv").write_text("x\n1\n2.5\n")
    texts = {
        "out.csv": "x\n2.0\n5.0\n",
        "out.jsonl": '{"x": 2.0}\n{"x": 5.0}\n',
        "out.json": json.dumps(ANSWER) + "\n",
    }
    for name in (*texts, "out.npy"):
        done = mlpack("predict", model, "-i", "in.csv", "-o", name, cwd=root)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert "prediction  DataFrame 2" in done.stderr
        assert (root / name).read_text(errors="replace") == texts.get(
            name, (root / name).read_text(errors="replace")
        )
    again = mlpack("predict", model, "-i", "out.npy", "--output-format", "jsonl", cwd=root)
    assert again.stdout == '{"x": 4.0}\n{"x": 10.0}\n', again.stderr
    lacking = mlpack("-q", "predict", model, "-i", "in.csv", "-o", "out.parquet", cwd=root)
    assert lacking.returncode == 1
    assert "Parquet needs pyarrow, which the model's environment does not have." in lacking.stderr
    assert not (root / "out.parquet").exists()


def test_parquet_goes_through_where_pyarrow_is(
    project: Project, mlpack: Mlpack, tmp_path: Path
) -> None:
    from tests.workflow.conftest import MANIFEST

    root = project(manifest=MANIFEST.replace("numpy]", "numpy, pyarrow]"), model=MODEL)
    assert mlpack("-q", "build", cwd=root).returncode == 0
    rows = mlpack("predict", "dist/doubler", "-i", "-", "-o", "a.parquet", cwd=root, input="x\n1\n")
    assert rows.returncode == 0, rows.stderr
    back = piped("mlpack -q predict dist/doubler -i - -o - --output-format csv < a.parquet", root)
    assert back.stdout == "x\n4.0\n", back.stderr


def test_a_pipeline_of_programs(model: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("x\n1\n2.5\n")
    if shutil.which("jq"):
        query = "jq '[.predictions[].x] | add == 7'"
        total = piped(f"mlpack -q predict {model} -i - < rows.csv | {query}", tmp_path)
        assert (total.stdout, total.stderr, total.returncode) == ("true\n", "", 0)
    substituted = piped(f"mlpack -q predict {model} -i <(cat rows.csv) | cat", tmp_path)
    assert json.loads(substituted.stdout) == ANSWER, substituted.stderr
    chained = piped(
        f"mlpack -q predict {model} -i rows.csv --output-format jsonl "
        f"| mlpack -q predict {model} -i - --output-format csv -o >(cat > last.csv); sleep 1",
        tmp_path,
    )
    assert (tmp_path / "last.csv").read_text() == "x\n4.0\n10.0\n", chained.stderr


def test_a_large_answer_is_whole_and_may_be_read_in_part(model: Path, tmp_path: Path) -> None:
    whole = piped(f"echo '[{{\"x\": 7}}]' | mlpack -q predict {model} -i -", tmp_path)
    assert len(json.loads(whole.stdout)["predictions"]) == 200_000
    part = piped(
        f"mlpack -q predict {model} -i <(echo '[{{\"x\": 7}}]') --output-format csv | head -2",
        tmp_path,
    )
    assert (part.stdout, part.stderr) == ("x\n0\n", "")


def test_data_that_nobody_asked_to_read_is_refused(model: Path, mlpack: Mlpack) -> None:
    refused = mlpack("predict", model, input="x\n1\n")
    assert refused.returncode == 2
    assert refused.stderr == (
        "error: standard input has data, but no input was specified\n"
        "  help: pass `-i -` to predict on it, or `< /dev/null` to use the package's own example\n"
    )
    assert refused.stdout == ""
    own = mlpack("predict", model, input="")
    assert own.returncode == 0, own.stderr
    assert "Input: the package's own example" in own.stderr
    assert json.loads(own.stdout) == {"predictions": [{"x": 3.0}, {"x": 4.0}]}


def test_a_loop_over_files_may_read_their_names_from_standard_input(
    model: Path, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("x\n1\n")
    loop = f"ls *.csv | while read f; do mlpack -q predict {model} -i $f -o $f.json; done"
    done = piped(loop, tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "b.csv.json").read_text() == '{"predictions": [{"x": 2.0}]}\n'


@pytest.mark.parametrize(
    ("words", "content", "message"),
    [
        (["-i", "-"], "", "error: standard input is empty\n"),
        (["-i", "-"], "a\0b", "standard input is not CSV, JSON, JSON lines, NPY or Parquet\n"),
        (["-i", "-", "-o", "out"], "x\n1\n", "the name out does not tell the format"),
        (["-i", "-", "-o", "no/out.csv"], "x\n1\n", "no does not exist\n"),
        (["-i", "-", "-o", "-", "--format", "json"], "x\n1\n", "cannot have both"),
        (["-i", "-", "--env-manager", "local", "--output-format", "csv"], "x\n1\n", "cannot write"),
        (["-i", "-", "--env-manager", "local", "--input-format", "npy"], "x", "cannot read NPY"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(
    words: list[str], content: str, message: str, model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    done = mlpack("predict", model, *words, input=content, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert message in done.stdout + done.stderr
    assert "Environment" not in done.stderr


def test_a_file_that_was_there_stays_when_the_model_fails(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "out.json").write_text("before")
    done = mlpack("-q", "predict", model, "-i", "-", "-o", "out.json", cwd=tmp_path, input="y\n1\n")
    assert done.returncode == 1
    assert "The input does not match the signature" in done.stderr
    assert (tmp_path / "out.json").read_text() == "before"


def test_a_terminal_gets_a_preview_and_no_binary(model: Path, tmp_path: Path) -> None:
    shown = _on_terminal(tmp_path, "predict", str(model))
    assert "prediction  DataFrame 2" in shown
    assert "{x: 3.0}, {x: 4.0}" in shown
    asked = _on_terminal(tmp_path, "predict", str(model), "-o", "-")
    assert '{"predictions": [{"x": 3.0}, {"x": 4.0}]}' in asked
    binary = _on_terminal(tmp_path, "predict", str(model), "--output-format", "npy")
    assert "error: standard output is a terminal, and npy is a binary format" in binary


def _on_terminal(folder: Path, *words: str) -> str:
    from tests.pictures.terminal import screen_of

    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = [sys.executable, "-m", "mlpack", "--no-progress", *words]
    rows = screen_of(command, folder, env)
    return "\n".join("".join(character for character, _ in row).rstrip() for row in rows)


CALLER = """
import json, sys
import numpy as np, pandas as pd
import mlpack

model = sys.argv[1]
assert "mlflow" not in sys.modules
frame = mlpack.predict(model, pd.DataFrame({"x": [1, 2.5]}, index=["a", "b"]))
assert isinstance(frame, pd.DataFrame)
assert frame.to_dict() == {"x": {"a": 2.0, "b": 5.0}}, frame
for data in (
    {"x": [1, 2.5]}, {"x": np.array([1, 2.5])}, [{"x": 1}, {"x": 2.5}], np.array([[1], [2.5]]),
    {"dataframe_split": {"columns": ["x"], "data": [[1], [2.5]]}}, "in.csv",
):
    assert mlpack.predict(model, data)["x"].tolist() == [2.0, 5.0], data
assert mlpack.predict(model)["x"].tolist() == [3.0, 4.0]
assert len(mlpack.predict(model, [{"x": 7}])) == 200_000
for wrong, error in ((object(), mlpack.UsageError), ({"x": ["a"]}, mlpack.ModelError)):
    try:
        mlpack.predict(model, wrong)
    except error as caught:
        print(caught.message)
report = mlpack.write_predictions(model, payload="in.csv", output="out.json")
print(report.summary, json.load(open("out.json")))
print(pd.__version__.split(".")[0], np.__version__.split(".")[0])
"""


def test_from_python_the_predictions_themselves_return(
    model: Path, cache: Path, tmp_path: Path
) -> None:
    """The caller's numpy and pandas are older than the model's."""
    needed = ("pandas<3", "numpy<2", *_own_requirements())
    caller = environment(cache, needed)
    (tmp_path / "in.csv").write_text("x\n1\n2.5\n")
    done = subprocess.run(
        [caller.python, "-c", CALLER, model],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "the input cannot reach the model: a value of type object cannot be sent from one "
        "environment to another",
        "The input's column x contains 'a', which is not a double.",
        "DataFrame 2 × 1 {'predictions': [{'x': 2.0}, {'x': 5.0}]}",  # noqa: RUF001
        "2 1",
    ]


def _own_requirements() -> tuple[str, ...]:
    import tomllib

    project = tomllib.load(io.BytesIO((ROOT / "pyproject.toml").read_bytes()))["project"]
    return tuple(project["dependencies"])
