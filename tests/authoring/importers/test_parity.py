"""The same model packaged by its own scripts and by the imported manifest."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlpack.authoring.importers.command_lines import command_words
from tests.conftest import Mlpack, run_mlpack
from tests.throwaway import throwaway_environment

pytestmark = [pytest.mark.slow, pytest.mark.network]

HERE = Path(__file__).parent
VARIANTS = ("human", "mouse")

PREDICT = """
import json, sys
import mlflow.pyfunc, numpy as np, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
frame = pd.DataFrame({"counts": ["A=1,B=2", "C=4", "A=7"], "note": ["a", "b", None]})
outputs = [model.predict(frame), model.predict(frame.drop(columns="note"), params={"rounds": 3})]
json.dump([[str(o.dtype), list(o.shape), o.tolist()] for o in outputs], sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """One folder packaged twice: by its script, and by the imported manifest."""

    folder: Path
    python: Path

    def theirs(self, variant: str) -> Path:
        return self.folder / "scripts" / variant

    def ours(self, variant: str) -> Path:
        return self.folder / "packages" / f"cells-embedder-{variant}"

    def predictions(self, package: Path) -> Any:
        """Let MLflow alone load a package, from where it lies, and predict."""
        done = subprocess.run(
            [self.python, "-c", PREDICT, package], capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Both:
    folder = shutil.copytree(HERE / "projects" / "cells", tmp_path_factory.mktemp("x") / "cells")
    lines = (folder / "requirements.in").read_text().split()
    python = throwaway_environment(cache, lines)
    metadata = yaml.safe_load((folder / "packaging_metadata.yaml").read_text())
    for variant in VARIANTS:
        words = list(command_words(metadata["variants"][variant]))
        words[words.index("--artifact-dir-path") + 1] = f"scripts/{variant}"
        subprocess.run(
            [python, HERE / "packager.py", *words],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            check=True,
        )
    imported = run_mlpack("import", ".", "--write", cwd=folder)
    assert imported.returncode == 0, imported.stderr
    built = run_mlpack("build", cwd=folder)
    assert built.returncode == 0, built.stderr
    return Both(folder=folder, python=python)


def described(package: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((package / "MLmodel").read_text())
    return content


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def holds(ours: Any, theirs: Any) -> bool:
    """Tell whether all that ``theirs`` says stands in ``ours`` too."""
    if isinstance(theirs, Mapping):
        return isinstance(ours, Mapping) and all(
            key in ours and holds(ours[key], value) for key, value in theirs.items()
        )
    return bool(ours == theirs)


@pytest.mark.parametrize("variant", VARIANTS)
def test_both_predict_the_same(both: Both, variant: str) -> None:
    theirs = both.predictions(both.theirs(variant))
    assert both.predictions(both.ours(variant)) == theirs
    assert theirs[0][:2] == ["float32", [3, 2]]


@pytest.mark.parametrize("variant", VARIANTS)
def test_ours_has_all_that_theirs_has(both: Both, variant: str) -> None:
    ours, theirs = described(both.ours(variant)), described(both.theirs(variant))
    for side in ("inputs", "outputs", "params"):
        assert json.loads(ours["signature"][side]) == json.loads(theirs["signature"][side])
    mine, other = ours["flavors"]["python_function"], theirs["flavors"]["python_function"]
    assert mine["config"] == other["config"]
    assert {n: a["path"] for n, a in mine["artifacts"].items()} == {
        n: a["path"] for n, a in other["artifacts"].items()
    }
    assert theirs["metadata"]["tags"]
    assert holds(ours["metadata"], theirs["metadata"])
    assert ours["saved_input_example_info"] == theirs["saved_input_example_info"]
    for folder in ("artifacts", "code"):
        assert files_below(both.ours(variant) / folder) == files_below(
            both.theirs(variant) / folder
        )
    for name in ("input_example.json", "serving_input_example.json"):
        assert json.loads((both.ours(variant) / name).read_text()) == json.loads(
            (both.theirs(variant) / name).read_text()
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_theirs_requires_ours_pins(both: Both, variant: str) -> None:
    ours = (both.ours(variant) / "requirements.txt").read_text()
    for line in (both.theirs(variant) / "requirements.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        assert f"\n{name}=={version}" in f"\n{ours}"


def test_the_payload_of_the_script_predicts(both: Both, mlpack: Mlpack) -> None:
    done = mlpack("verify", both.ours("human"), "--payload", "data/payload.json", cwd=both.folder)
    assert done.returncode == 0, done.stderr
    assert "float32 (1, 2)" in done.stdout


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_script_s_package_is_imported_and_built_again(
    both: Both, variant: str, tmp_path: Path, mlpack: Mlpack
) -> None:
    done = mlpack("import", both.theirs(variant), "-o", "again", "--write", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    # The pickle knows how the instance was made.
    assert "model: {saved: model_data/model}" in (tmp_path / "again" / "mlpack.yaml").read_text()
    built = mlpack("build", cwd=tmp_path / "again")
    assert built.returncode == 0, built.stderr
    package = next((tmp_path / "again" / "dist").glob(f"{variant}*"))
    assert both.predictions(package) == both.predictions(both.theirs(variant))
