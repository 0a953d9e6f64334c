"""`predict` and `verify` on models that mlpack did not make."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import Mlpack, run_mlpack
from tests.workflow.conftest import MANIFEST, write_project

pytestmark = [pytest.mark.slow, pytest.mark.network]

SAVE = """
import sys
import mlflow, pandas

class Doubler(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        if "path" in model_input:
            model_input = pandas.read_csv(model_input["path"][0])
        if model_input["x"].max() > 100:
            raise ValueError("too much for me")
        return model_input[["x"]] * 2

example = pandas.DataFrame({"x": [1.0, 2.0]}) if "example" in sys.argv else None
mlflow.pyfunc.save_model(sys.argv[1], python_model=Doubler(), input_example=example)
"""
# As people write them: no hash, and MLflow's own idea of itself replaced by its light form.
REQUIREMENTS = "# made by hand\nmlflow-skinny==3.17.2\npandas  # any\nnumpy\n"


@pytest.fixture(scope="module")
def saved(cache: Path) -> Path:
    """A folder with two models saved by MLflow alone: ``plain``, and one with an ``example``."""
    folder = cache / "foreign-models"
    with FileLock(cache / "foreign-models.lock"):
        if not (folder / "ready").exists():
            shutil.rmtree(folder, ignore_errors=True)
            project = write_project(folder / "project", manifest=MANIFEST)
            (folder / "save.py").write_text(SAVE)
            for kind in ("plain", "example"):
                done = run_mlpack(
                    "run", "--", "python", folder / "save.py", folder / kind, kind, cwd=project
                )
                assert done.returncode == 0, done.stderr
                (folder / kind / "requirements.txt").write_text(REQUIREMENTS)
            (folder / "ready").touch()
    return folder


@pytest.fixture
def model(saved: Path, tmp_path: Path) -> Path:
    return shutil.copytree(saved / "example", tmp_path / "a model")


def test_predict_answers_a_payload(model: Path, mlpack: Mlpack, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n3.0\n4.5\n")
    done = mlpack("predict", "a model", "-i", "in.csv", "-o", "out.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_text().split() == ["x", "6.0", "9.0"]
    payload = {"dataframe_records": [{"x": 21.0}]}
    (tmp_path / "in.json").write_text(json.dumps(payload))
    found = mlpack("predict", model, "-i", "in.json", "-o", "out.json", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert json.loads((tmp_path / "out.json").read_text()) == {"predictions": [{"x": 42.0}]}


def test_mlflows_local_manager_predicts_and_programs_read_the_answer(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text("x\n3.0\n4.5\n")
    done = mlpack(
        "predict", model, "--input", "in.csv", "--output", "out.json", "--env-manager", "local",
        "--format", "json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["prediction"]["summary"].endswith("of JSON through MLflow")
    answer = json.loads((tmp_path / "out.json").read_text())
    assert answer == {"predictions": [{"x": 6.0}, {"x": 9.0}]}


@pytest.mark.parametrize(
    "words", [["predict", "--offline", "-i", "in.csv"], ["verify", "--offline"]]
)
def test_offline_it_works_where_the_environment_is_kept_and_nowhere_else(
    words: list[str], model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_text("x\n3.0\n")
    assert mlpack("verify", model, cwd=tmp_path).returncode == 0
    done = mlpack(*words, model, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    empty = {"MLPACK_CACHE_DIR": str(tmp_path / "a"), "UV_CACHE_DIR": str(tmp_path / "b")}
    refused = mlpack("-q", *words, model, cwd=tmp_path, env=empty)
    assert refused.returncode == 7, refused.stderr
    assert "without `--offline`" in refused.stderr


def test_relative_paths_in_a_payload_are_the_callers(
    saved: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("x\n8.0\n")
    payload = {"dataframe_records": [{"path": "rows.csv"}]}
    (tmp_path / "in.json").write_text(json.dumps(payload))
    done = mlpack("predict", saved / "plain", "-i", "in.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "16" in done.stdout


def test_a_model_that_fails_on_a_payload_says_so(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    (tmp_path / "in.json").write_text('{"dataframe_records": [{"x": 1000.0}]}')
    done = mlpack("-q", "predict", model, "-i", "in.json", "-o", "out.json", cwd=tmp_path)
    assert done.returncode == 1
    assert "predict raised ValueError: too much for me" in done.stderr
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [("in.json", "{not json"), ("in.xyz", "x\0"), ("absent.json", None)],
)
def test_a_payload_that_cannot_be_read_is_told(
    model: Path, mlpack: Mlpack, tmp_path: Path, name: str, text: str | None
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    done = mlpack("-q", "predict", model, "-i", name, cwd=tmp_path)
    assert done.returncode in (1, 2), done.stdout + done.stderr
    assert name in done.stderr
    assert "internal error in mlpack" not in done.stderr


def test_verify_says_that_nobody_promised_anything(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    done = mlpack("verify", model, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "sha256:" in done.stdout
    assert "DataFrame 2" in done.stdout
    digest = next(word for word in done.stdout.split() if word.startswith("sha256:"))
    same = mlpack("verify", model, "--digest", digest, "--no-predict", cwd=tmp_path)
    assert same.returncode == 0, same.stderr
    other = mlpack("verify", model, "--digest", "sha256:" + "0" * 64, cwd=tmp_path)
    assert other.returncode == 4


def test_verify_of_a_model_without_an_example_wants_a_payload(
    saved: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    done = mlpack("-q", "verify", saved / "plain", cwd=tmp_path)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "example" in done.stderr
    assert "--payload" in done.stderr
    (tmp_path / "in.json").write_text('{"dataframe_records": [{"x": 1.0}]}')
    given = mlpack("verify", saved / "plain", "--payload", "in.json", cwd=tmp_path)
    assert given.returncode == 0, given.stderr


def test_what_is_no_model_is_told(model: Path, mlpack: Mlpack, tmp_path: Path) -> None:
    for command in ("verify", "predict"):
        gone = mlpack("-q", command, "nowhere", cwd=tmp_path)
        assert gone.returncode == 2
        assert "nowhere" in gone.stderr
    (model / "requirements.txt").unlink()
    bare = mlpack("-q", "predict", model, cwd=tmp_path)
    assert bare.returncode == 2
    assert "has no requirements.txt" in bare.stderr
    (model / "MLmodel").write_text("flavors: {sklearn: {}}\n")
    other = mlpack("-q", "predict", model, cwd=tmp_path)
    assert other.returncode == 2
    assert "python_function" in other.stderr


def test_nothing_of_a_command_is_left_in_the_temporary_folder(
    model: Path, mlpack: Mlpack, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    mlpack("verify", model, cwd=tmp_path, env={"TMPDIR": str(temporary)})
    assert list(temporary.iterdir()) == []
    assert not list(model.rglob("__pycache__"))


def test_the_environment_is_the_models_own(model: Path, saved: Path) -> None:
    """The test would prove nothing, were these packages here anyway."""
    done = subprocess.run([sys.executable, "-c", "import pandas"], capture_output=True, check=False)
    assert done.returncode != 0
