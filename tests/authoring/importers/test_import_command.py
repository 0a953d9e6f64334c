"""`mlpack import` as it is typed: what goes where, what is written, and what never runs."""

# ruff: noqa: E501 - a case a line reads best

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.authoring.importers.reading import MODEL, write
from tests.conftest import Mlpack
from tests.packages import write_package

CELLS = Path(__file__).parent / "projects" / "cells"


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    return shutil.copytree(CELLS, tmp_path / "cells")


def listing(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_manifest_is_a_diff_and_the_rest_is_told(cells: Path, mlpack: Mlpack) -> None:
    before = listing(cells)
    done = mlpack("import", "cells", cwd=cells.parent)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == ["--- /dev/null", "+++ mlpack.yaml"]
    assert all(line.startswith("+") for line in lines[3:])
    assert "+name: cells-embedder" in lines
    assert "Not carried over:\n" in done.stderr
    assert "--gpu-count 2" in done.stderr
    assert "--write would write cells/mlpack.yaml" in done.stderr
    assert listing(cells) == before


def test_what_is_written_is_what_was_shown(cells: Path, mlpack: Mlpack) -> None:
    shown = mlpack("import", ".", cwd=cells).stdout
    done = mlpack("import", ".", "--write", cwd=cells)
    assert done.returncode == 0, done.stderr
    assert done.stdout == shown
    text = (cells / "mlpack.yaml").read_text()
    assert shown.splitlines()[3:] == [f"+{line}" for line in text.splitlines()]
    assert mlpack("validate", cwd=cells).returncode == 0
    again = mlpack("import", ".", "--write", cwd=cells)
    assert again.returncode == 0
    assert again.stdout == ""
    assert "is already up to date" in again.stderr


def test_a_manifest_is_not_replaced_without_force(cells: Path, mlpack: Mlpack) -> None:
    (cells / "mlpack.yaml").write_text("mlpack: 1\nname: mine\n")
    shown = mlpack("import", ".", cwd=cells)
    assert "-name: mine" in shown.stdout.splitlines()
    assert "--write --force would replace" in shown.stderr
    before = listing(cells)
    refused = mlpack("import", ".", "--write", cwd=cells)
    assert refused.returncode == 2
    assert "would be overwritten; nothing was written" in refused.stderr
    assert listing(cells) == before
    forced = mlpack("import", ".", "--write", "--force", cwd=cells)
    assert forced.returncode == 0, forced.stderr
    assert "name: cells-embedder" in (cells / "mlpack.yaml").read_text()


def test_another_name_for_the_manifest(cells: Path, mlpack: Mlpack) -> None:
    done = mlpack("import", ".", "-f", "other.yaml", "--write", cwd=cells)
    assert done.returncode == 0, done.stderr
    assert (cells / "other.yaml").is_file()
    assert not (cells / "mlpack.yaml").exists()
    elsewhere = mlpack("import", ".", "-f", "../other.yaml", cwd=cells)
    assert elsewhere.returncode == 2
    assert "-o the project's folder" in elsewhere.stderr


@pytest.mark.parametrize("source", ["package.py", "saved"])
@pytest.mark.parametrize("output", ["new", "new/deep"])
def test_a_new_folder_is_made(tmp_path: Path, mlpack: Mlpack, source: str, output: str) -> None:
    saving = "if __name__ == '__main__':\n    mlflow.pyfunc.save_model('m', python_model=Model())\n"
    root = write(tmp_path, {"package.py": MODEL + saving})
    flavor = {"loader_module": "mlflow.pyfunc.loaders.code_model", "model_code_path": "/x/m.py"}
    own = MODEL + "mlflow.models.set_model(Model())\n"
    write_package(root / "saved", {"m.py": own.encode()}, flavors={"python_function": flavor})
    shown = mlpack("import", source, "-o", output, cwd=root)
    assert shown.returncode == 0, shown.stderr
    assert not (root / "new").exists()
    done = mlpack("import", source, "--output", output, "--write", cwd=root)
    assert done.returncode == 0, done.stderr
    assert (root / output / "mlpack.yaml").is_file()
    assert done.stdout == shown.stdout


def test_json_holds_all_of_it(cells: Path, mlpack: Mlpack) -> None:
    done = mlpack("import", ".", "--format", "json", cwd=cells)
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert told["imported"]["kind"] == "packaging folder"
    assert told["imported"]["diff"].startswith("--- /dev/null\n")
    assert {"what": "mouse: --gpu-count 2", "why": "mlpack has no such argument"} in told[
        "imported"
    ]["not_carried_over"]
    assert "Not carried over" not in done.stderr


def test_a_command_line_behind_a_double_dash(cells: Path, mlpack: Mlpack) -> None:
    words = "python package.py --model-class model_code.embedder:Embedder --artifact w=human.json"
    done = mlpack("import", "--", *words.split(), cwd=cells)
    assert done.returncode == 0, done.stderr
    assert "+artifacts: {w: model_data/human.json}" in done.stdout.splitlines()
    quoted = mlpack("import", words, cwd=cells)
    assert quoted.stdout == done.stdout


def test_what_is_missing_is_shown_with_its_place(tmp_path: Path, mlpack: Mlpack) -> None:
    root = write(tmp_path, {"model_spec.py": "", "requirements.in": "-e .\n"})
    done = mlpack("import", ".", cwd=root)
    assert done.returncode == 0
    assert "+# TODO model: the class, as package.module:Class" in done.stdout
    assert "Fix this before building:" in done.stderr
    assert "Missing required key" in done.stderr
    assert "requirements.in:1:1: error[local-requirement]" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nowhere"], "nowhere does not exist"),
        (["notes.txt"], "cannot import"),
        (["empty"], "cannot import"),
        (["models:/m/1"], "MLFLOW_TRACKING_URI is not set"),
        (["runs:/1/m", "--offline"], "--offline is set"),
    ],
)
def test_sources_of_no_known_kind(
    tmp_path: Path, mlpack: Mlpack, words: list[str], message: str
) -> None:
    write(tmp_path, {"notes.txt": "hello\n", "empty/.keep": ""})
    done = mlpack("import", *words, cwd=tmp_path, env={"MLFLOW_TRACKING_URI": ""})
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "bug" not in done.stderr


TRAP = """
from pathlib import Path
Path(__file__).with_name("sprung").write_text("ran")
"""
SOURCES = {
    "command line": ["--", "--model-class", "model_code.m:Model"],
    "packaging folder": ["."],
    "script": ["package.py"],
    "saved model": ["saved"],
    "file of dependencies": ["requirements.in"],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_nothing_of_a_source_runs_without_being_asked(
    tmp_path: Path, mlpack: Mlpack, kind: str
) -> None:
    saving = "import mlflow\nimport model_code.m\n"
    saving += "mlflow.pyfunc.save_model(path='out', python_model=model_code.m.Model())\n"
    files = {
        "model_code/__init__.py": TRAP,
        "model_code/m.py": TRAP + MODEL,
        "requirements.in": "mlflow\n",
        "package.py": TRAP + saving,
        "setup.py": TRAP,
    }
    if kind in ("packaging folder", "command line"):
        files["model_spec.py"] = TRAP + "MODEL_SIGNATURE = compute()\nINPUT_EXAMPLE = compute()\n"
    root = write(tmp_path, files)
    if kind == "saved model":
        pickled = b"cos\nsystem\n(S'touch sprung'\ntR."
        flavor = {"python_function": {"loader_module": "mlflow.pyfunc.model",
                                      "python_model": "python_model.pkl", "code": "code"}}  # fmt: skip
        write_package(
            root / "saved",
            {"python_model.pkl": pickled, "code/m/__init__.py": TRAP.encode()},
            flavors=flavor,
        )
    done = mlpack("import", *SOURCES[kind], cwd=root)
    assert done.returncode == 0, done.stderr
    assert f"Read a {kind}" in done.stderr
    assert not list(root.rglob("sprung"))
